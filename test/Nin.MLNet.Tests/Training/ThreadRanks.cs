using System.Runtime.InteropServices;

namespace Nin.MLNet.Tests.Training;

/// <summary>
/// Ranks that are threads of this process: they sum in rank order. If one ends while others wait for it, which would wait for ever with
/// processes, <see cref="Run"/> throws.
/// </summary>
internal sealed class ThreadRanks : IDisposable
{
    /// <summary>How long all ranks may take; the slowest test takes seconds.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly Barrier barrier;
    private readonly CancellationTokenSource aborted = new();
    private readonly byte[][] shares;
    private int firstToEnd = -1;
    private volatile bool isStranded;

    private ThreadRanks(int count) => (barrier, shares) = (new Barrier(count), new byte[count][]);

    /// <summary>Why a rank ended them all; null if none did.</summary>
    public string? Reason { get; private set; }

    /// <summary>Does the same work on every rank.</summary>
    /// <returns>What each rank returned or threw, and why one ended them all.</returns>
    /// <exception cref="InvalidOperationException">A rank ended while others waited for it; inside is what it threw.</exception>
    /// <exception cref="TimeoutException">A rank has not ended within the limit.</exception>
    public static (Outcome<T>[] Outcomes, string? Aborted) Run<T>(int count, Func<IReplicaGroup, T> work)
    {
        var ranks = new ThreadRanks(count);
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

                ranks.End(rank);
            },
            16 << 20)
        { IsBackground = true }).ToList();
        threads.ForEach(thread => thread.Start());
        if (!threads.TrueForAll(thread => thread.Join(Limit)))
            throw new TimeoutException($"A rank has not ended within {Limit}.");
        var (reason, isStranded, first) = (ranks.Reason, ranks.isStranded, ranks.firstToEnd);
        ranks.Dispose();
        return isStranded
            ? throw new InvalidOperationException($"Rank {first} ended while others waited for it.", outcomes[first].Error)
            : (outcomes, reason);
    }

    public void Dispose()
    {
        barrier.Dispose();
        aborted.Dispose();
    }

    /// <summary>Ends those that wait for this rank, now or later. A wait that everyone has joined still succeeds.</summary>
    private void End(int rank)
    {
        Interlocked.CompareExchange(ref firstToEnd, rank, -1);
        aborted.Cancel();
    }

    private void WaitForAll()
    {
        try
        {
            barrier.SignalAndWait(aborted.Token);
        }
        catch (OperationCanceledException) when (Reason is null)
        {
            isStranded = true;
            throw;
        }
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
            ranks.WaitForAll();
            byte[][] all = [.. ranks.shares];
            ranks.WaitForAll();
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
