using System.Runtime.ExceptionServices;

namespace Nin.MLNet.Native;

/// <summary>
/// Permanent threads that libtorch computes on, in addition to the caller's own. Work is divided into parts, each computed by few libtorch
/// threads, so that no part waits for another at every layer: next to other programs, such waiting takes most of the time. Whichever thread
/// is free takes the next part, so that the caller never waits for a thread that was not given a core. The threads are started when first
/// needed and then kept, at most one for each core.
/// </summary>
internal sealed class TorchWorkers
{
    /// <summary>One for training steps and one for batches to score, so that neither waits for the other.</summary>
    public static readonly TorchWorkers Trainings = new(), Batches = new();

    // Autograd and TorchScript need more than the 1.5 MB that .NET gives on some systems.
    private const int StackBytes = 16 << 20;

    /// <summary>After the system has allowed no further thread, until the next try, since a try takes time and threads.</summary>
    private const int MillisecondsToRetry = 10_000;
    private readonly Queue<PartedWork> invitations = new();
    private readonly object gate = new();
    private int workers, wanted;
    private long nextTry = long.MinValue;

    private TorchWorkers()
    {
    }

    /// <summary>Runs the parts side by side and returns when all are done; throws what a part has thrown.</summary>
    /// <param name="parts">Number of parts.</param>
    /// <param name="threads">Number of libtorch threads for each part.</param>
    /// <param name="isSmall">
    /// Whether a part takes little memory. If the caller's thread cannot keep large blocks, it computes too only in that case.
    /// </param>
    /// <param name="work">Called with the index of its part, from 0.</param>
    /// <param name="atOnce">Largest number of parts that run at once; null: as many as there are cores.</param>
    public void Run(int parts, int threads, bool isSmall, Action<int> work, int? atOnce = null)
    {
        var joins = isSmall || NativeAllocator.KeepsLargeBlocks();
        var parted = new PartedWork(parts, threads, work);
        // The caller counts if it computes too.
        var guests = Math.Min(parts, atOnce ?? Environment.ProcessorCount) - (joins ? 1 : 0);
        if (!TryInvite(parted, guests) || joins)
            parted.DoWhatIsLeft();
        parted.Wait();
        lock (gate)
            wanted -= guests;
        parted.ThrowIfFailed();
    }

    /// <summary>Asks threads to take part; false if the system allows the process none.</summary>
    private bool TryInvite(PartedWork work, int guests)
    {
        if (guests == 0)
            return true;
        lock (gate)
        {
            wanted += guests;
            try
            {
                // As many as the calls running now can use, not one for each call that ever ran.
                for (; workers < Math.Min(wanted, Environment.ProcessorCount) && Environment.TickCount64 >= nextTry; workers++)
                    NativeAllocator.StartThread(Work, StackBytes);
            }
            catch (OutOfMemoryException)
            {
                // Fewer threads do the same work.
                nextTry = Environment.TickCount64 + MillisecondsToRetry;
            }

            if (workers == 0)
                return false;
            for (var i = 0; i < guests; i++)
                invitations.Enqueue(work);
            Monitor.PulseAll(gate);
            return true;
        }
    }

    private void Work()
    {
        while (true)
        {
            PartedWork? next;
            lock (gate)
            {
                // Not a spinning wait, which would take the core from threads that compute.
                while (!invitations.TryDequeue(out next))
                    Monitor.Wait(gate);
            }

            next.DoWhatIsLeft();
        }
    }

    private sealed class PartedWork(int parts, int threads, Action<int> work)
    {
        private readonly object gate = new();
        private int next, done;
        private ExceptionDispatchInfo? failure;

        public void DoWhatIsLeft()
        {
            while (Interlocked.Increment(ref next) is var taken && taken <= parts)
                Do(taken - 1);
        }

        public void Wait()
        {
            lock (gate)
            {
                while (done < parts)
                    Monitor.Wait(gate);
            }
        }

        public void ThrowIfFailed() => failure?.Throw();

        private void Do(int part)
        {
            ExceptionDispatchInfo? thrown = null;
            try
            {
                using var count = new ThreadCount(threads);
                work(part);
            }
            catch (Exception e)
            {
                thrown = ExceptionDispatchInfo.Capture(e);
            }

            lock (gate)
            {
                failure ??= thrown;
                if (++done == parts)
                    Monitor.PulseAll(gate);
            }
        }
    }
}
