using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Nin.MLNet.Native;

/// <summary>
/// Sets libtorch's number of threads for the work of the calling thread, then restores the previous number. OpenMP keeps the number for
/// each thread, so nobody else's work is affected. libtorch's own call would also change what new threads start with, and discards its
/// kernels.
/// </summary>
internal readonly unsafe ref struct ThreadCount : IDisposable
{
    private static readonly Lazy<nint> Setter = new(FindSetter);
    private static readonly Lazy<int> OfNewThreads = new(OnNewThread);
    private readonly int before;

    /// <param name="threads">Number of threads for the calling thread's arithmetic.</param>
    public ThreadCount(int threads)
    {
        before = get_num_threads();
        if (before != threads)
            Set(threads);
    }

    /// <summary>The machine's default, whatever the calling thread has set for itself.</summary>
    public static int Default => OfNewThreads.Value;

    /// <summary>Sets the number for the calling thread, permanently.</summary>
    public static void Set(int threads)
    {
        // The first query on a thread sets the default, which would overwrite a number set before it.
        _ = get_num_threads();
        if (Setter.Value != 0)
            ((delegate* unmanaged<int, void>)Setter.Value)(threads);
        else
            set_num_threads(threads);
    }

    public void Dispose()
    {
        if (before != get_num_threads())
            Set(before);
    }

    private static int OnNewThread()
    {
        var threads = 0;
        var thread = new Thread(() => threads = get_num_threads());
        thread.Start();
        thread.Join();
        return threads;
    }

    /// <summary>OpenMP's omp_set_num_threads, from the library that libtorch is linked with; 0 if it is not found.</summary>
    private static nint FindSetter()
    {
        // Windows does not look into the libraries that a library is linked with.
        foreach (var name in new[] { "torch_cpu", "libiomp5md" })
        {
            if (NativeLibrary.TryLoad(name, typeof(TorchSharp.torch).Assembly, null, out var library) &&
                NativeLibrary.TryGetExport(library, "omp_set_num_threads", out var address))
            {
                return address;
            }
        }

        return 0;
    }
}
