using System.Runtime.ExceptionServices;

namespace Nin.MLNet.Native;

/// <summary>
/// Lasting threads that libtorch computes on, beside the caller's own. Work is shared out in parts, each computed by few threads of
/// libtorch's, so that no part waits for another at every layer: beside other programs, such waiting takes most of the time. Whoever is
/// free takes the next part, so that the caller waits for nobody who was not given a core. The threads are started when first needed and
/// then kept, at most one for each core.
/// </summary>
internal sealed class TorchWorkers
{
    /// <summary>For steps of trainings and for batches to score: neither waits for the other.</summary>
    public static readonly TorchWorkers Trainings = new(), Batches = new();

    // Autograd and TorchScript want more than the 1.5 MB that .NET gives on some systems.
    private const int StackBytes = 16 << 20;
    private readonly Queue<PartedWork> invitations = new();
    private readonly object gate = new();
    private int workers, wanted;

    private TorchWorkers()
    {
    }

    /// <summary>Does the parts side by side and returns when all are done; throws what a part has thrown.</summary>
    /// <param name="parts">How many.</param>
    /// <param name="threads">libtorch's threads for each.</param>
    /// <param name="isSmall">
    /// Whether a part takes little memory. Only then does the caller's thread compute too where it cannot keep large blocks.
    /// </param>
    /// <param name="work">Gets the number of its part, from 0.</param>
    /// <param name="atOnce">Parts that are done at once, at most; null: as many as there are cores.</param>
    public void Run(int parts, int threads, bool isSmall, Action<int> work, int? atOnce = null)
    {
        var joins = isSmall || NativeAllocator.KeepsLargeBlocks();
        var parted = new PartedWork(parts, threads, work);
        // The caller counts where it computes.
        var guests = Math.Min(parts, atOnce ?? Environment.ProcessorCount) - (joins ? 1 : 0);
        Invite(parted, guests);
        if (joins)
            parted.DoWhatIsLeft();
        parted.Wait();
        lock (gate)
            wanted -= guests;
        parted.ThrowIfFailed();
    }

    private void Invite(PartedWork work, int guests)
    {
        if (guests == 0)
            return;
        lock (gate)
        {
            wanted += guests;
            for (var i = 0; i < guests; i++)
                invitations.Enqueue(work);
            // As many as the calls that run now can use, not one for each call that ever ran.
            for (; workers < Math.Min(wanted, Environment.ProcessorCount); workers++)
                NativeAllocator.StartThread(Work, StackBytes);
            Monitor.PulseAll(gate);
        }
    }

    private void Work()
    {
        while (true)
        {
            PartedWork? next;
            lock (gate)
            {
                // Not a spinning wait: that would take the core from those who compute.
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
