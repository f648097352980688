using static TorchSharp.torch;

namespace Nin.MLNet.Native;

/// <summary>
/// Sets libtorch's number of threads for the work of the calling thread, then puts back what was there. libtorch keeps the number for
/// each thread, and one more that new threads start with: that one is left at the default, so that trainings and scoring on other
/// threads are not changed.
/// </summary>
internal sealed class ThreadCount : IDisposable
{
    private static readonly Lazy<int> OfNewThreads = new(() => OnNewThread(get_num_threads));
    private readonly int before = get_num_threads();

    /// <param name="threads">Threads of the calling thread's arithmetic.</param>
    public ThreadCount(int threads) => Set(threads);

    /// <summary>What the machine offers, whatever the calling thread has set for itself.</summary>
    public static int Default => OfNewThreads.Value;

    /// <summary>For the calling thread, for good.</summary>
    public static void Set(int threads)
    {
        var standard = Default;
        set_num_threads(threads);
        if (threads != standard)
        {
            OnNewThread(() =>
            {
                set_num_threads(standard);
                return standard;
            });
        }
    }

    public void Dispose() => Set(before);

    private static int OnNewThread(Func<int> work)
    {
        var result = 0;
        var thread = new Thread(() => result = work());
        thread.Start();
        thread.Join();
        return result;
    }
}
