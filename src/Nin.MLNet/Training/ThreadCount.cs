using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>Sets libtorch's number of threads for the length of a training, then puts back what was there.</summary>
internal sealed class ThreadCount : IDisposable
{
    private readonly int before = get_num_threads();

    public ThreadCount(int? asked)
    {
        // Else what is right for the machine, settled when libtorch was loaded.
        if (asked is { } threads)
            set_num_threads(threads);
    }

    public void Dispose()
    {
        if (get_num_threads() != before)
            set_num_threads(before);
    }
}
