using System.Runtime.InteropServices;

namespace Nin.MLNet.Tests.Training;

/// <summary>Ranks that are threads of this process: they sum in rank order.</summary>
internal sealed class ThreadRanks : IDisposable
{
    private readonly Barrier barrier;
    private readonly CancellationTokenSource aborted = new();
    private readonly byte[][] shares;

    private ThreadRanks(int count) => (barrier, shares) = (new Barrier(count), new byte[count][]);

    /// <summary>Why a rank ended them all; null if none did.</summary>
    public string? Reason { get; private set; }

    /// <summary>Does the same work on every rank.</summary>
    /// <returns>What each rank returned or threw, and why one ended them all.</returns>
    public static (Outcome<T>[] Outcomes, string? Aborted) Run<T>(int count, Func<IReplicaGroup, T> work)
    {
        using var ranks = new ThreadRanks(count);
        var outcomes = new Outcome<T>[count];
        var threads = Enumerable.Range(0, count).Select(rank => new Thread(
            () =>
            {
                try
                {
                    outcomes[rank] = new(work(new Group(ranks, rank)), null);
                }
                catch (Exception e)
                {
                    outcomes[rank] = new(default, e);
                }
            },
            16 << 20)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return (outcomes, ranks.Reason);
    }

    public void Dispose()
    {
        barrier.Dispose();
        aborted.Dispose();
    }

    /// <param name="Value">What the rank returned.</param>
    /// <param name="Error">What it threw.</param>
    internal sealed record Outcome<T>(T? Value, Exception? Error);

    private sealed class Group(ThreadRanks ranks, int rank) : IReplicaGroup
    {
        private readonly List<(nint Place, float[] Values)> begun = [];

        public int Rank => rank;

        public int Count => ranks.shares.Length;

        public void Sum(Span<float> values)
        {
            var all = Gather(MemoryMarshal.AsBytes(values));
            values.Clear();
            foreach (var share in all)
            {
                var theirs = MemoryMarshal.Cast<byte, float>(share);
                for (var i = 0; i < values.Length; i++)
                    values[i] += theirs[i];
            }
        }

        public void Sum(Span<double> values)
        {
            var all = Gather(MemoryMarshal.AsBytes(values));
            values.Clear();
            foreach (var share in all)
            {
                var theirs = MemoryMarshal.Cast<byte, double>(share);
                for (var i = 0; i < values.Length; i++)
                    values[i] += theirs[i];
            }
        }

        public unsafe void BeginSum(Span<float> values)
        {
            fixed (float* place = values)
                begun.Add(((nint)place, values.ToArray()));
        }

        public void AdvanceSums()
        {
        }

        public unsafe void EndSums()
        {
            foreach (var (place, values) in begun)
            {
                var now = new Span<float>((float*)place, values.Length);
                if (!now.SequenceEqual(values))
                    throw new InvalidOperationException("Values have changed while they were added up: they were not final.");
                Sum(now);
            }

            begun.Clear();
        }

        public void Broadcast(Span<byte> values) => Gather(values)[0].CopyTo(values);

        public byte[][] Gather(ReadOnlySpan<byte> own)
        {
            ranks.shares[rank] = own.ToArray();
            ranks.barrier.SignalAndWait(ranks.aborted.Token);
            byte[][] all = [.. ranks.shares];
            ranks.barrier.SignalAndWait(ranks.aborted.Token);
            return all;
        }

        public void Abort(string reason)
        {
            ranks.Reason ??= reason;
            ranks.aborted.Cancel();
        }

        public override string ToString() => "threads";
    }
}
