using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>
/// Sets libtorch's number of threads for the work of the calling thread, then puts back what was there. libtorch keeps the number for
/// each thread, and one more that new threads start with: that one is left at the default, so that trainings and scoring on other
/// threads are not changed.
/// </summary>
internal sealed class ThreadCount : IDisposable
{
    private static readonly Lazy<int> Default = new(() => OnNewThread(get_num_threads));
    private readonly int before = get_num_threads();

    /// <param name="asked">Threads of the arithmetic; null: the default of the machine, whatever others have set.</param>
    public ThreadCount(int? asked) => Set(asked ?? Default.Value);

    public void Dispose() => Set(before);

    private static void Set(int threads)
    {
        var standard = Default.Value;
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

    private static int OnNewThread(Func<int> work)
    {
        var result = 0;
        var thread = new Thread(() => result = work());
        thread.Start();
        thread.Join();
        return result;
    }
}
