using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Nin.MLNet.Native;

/// <summary>
/// Lasting threads that libtorch computes on. Work is shared out among them in parts, each computed by few threads of libtorch's own, so
/// that no part waits for another at every layer: beside other programs, such waiting takes most of the time. Started when first needed
/// and then kept, at most one for each core; what the caller's thread has set in libtorch is neither read nor changed.
/// </summary>
internal sealed class TorchWorkers
{
    /// <summary>For steps of trainings and for batches to score: neither waits for the other.</summary>
    public static readonly TorchWorkers Trainings = new(), Batches = new();

    // Autograd and TorchScript want more than the 1.5 MB that .NET gives on some systems.
    private const int StackBytes = 16 << 20;
    private readonly BlockingCollection<(PartedWork Work, int Part)> queue = [];
    private readonly Lock gate = new();
    private int workers, pending;

    private TorchWorkers()
    {
    }

    /// <summary>Does the parts side by side and returns when all are done; throws what a part has thrown.</summary>
    /// <param name="parts">How many.</param>
    /// <param name="threads">libtorch's threads for each.</param>
    /// <param name="work">Gets the number of its part, from 0.</param>
    public void Run(int parts, int threads, Action<int> work)
    {
        using var parted = new PartedWork(parts, threads, work);
        lock (gate)
        {
            pending += parts;
            for (; workers < Math.Min(pending, Environment.ProcessorCount); workers++)
                NativeAllocator.StartThread(Work, StackBytes);
        }

        for (var part = 0; part < parts; part++)
            queue.Add((parted, part));
        parted.Wait();
    }

    private void Work()
    {
        foreach (var (work, part) in queue.GetConsumingEnumerable())
        {
            work.Do(part);
            lock (gate)
                pending--;
        }
    }

    private sealed class PartedWork(int parts, int threads, Action<int> work) : IDisposable
    {
        private readonly ManualResetEventSlim done = new();
        private int left = parts;
        private ExceptionDispatchInfo? failure;

        public void Do(int part)
        {
            try
            {
                using var count = new ThreadCount(threads);
                work(part);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
            }

            if (Interlocked.Decrement(ref left) == 0)
                done.Set();
        }

        public void Wait()
        {
            done.Wait();
            failure?.Throw();
        }

        public void Dispose() => done.Dispose();
    }
}
