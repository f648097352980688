namespace Nin.MLNet.Tests.Training;

/// <summary>A group that counts how often its rank waits for the others.</summary>
internal sealed class CountingRanks(IReplicaGroup ranks) : IReplicaGroup
{
    public int Calls { get; private set; }

    public int Rank => ranks.Rank;

    public int Count => ranks.Count;

    public void Sum(Span<float> values)
    {
        Calls++;
        ranks.Sum(values);
    }

    public void Sum(Span<double> values)
    {
        Calls++;
        ranks.Sum(values);
    }

    public void Broadcast(Span<byte> values)
    {
        Calls++;
        ranks.Broadcast(values);
    }

    public byte[][] Gather(ReadOnlySpan<byte> own)
    {
        Calls++;
        return ranks.Gather(own);
    }

    public void Abort(string reason) => ranks.Abort(reason);
}
