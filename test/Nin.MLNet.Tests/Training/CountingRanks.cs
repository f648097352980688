namespace Nin.MLNet.Tests.Training;

/// <summary>A group that counts how often its rank waits for the others, and records the sums that it begins.</summary>
internal sealed class CountingRanks(IReplicaGroup ranks) : IReplicaGroup
{
    private bool isUnderWay;

    public int Calls { get; private set; }

    /// <summary>The length of each sum begun, in order.</summary>
    public List<int> Begun { get; } = [];

    /// <summary>Whether any sum under way was ever advanced before its end.</summary>
    public bool HaveGoneOn { get; private set; }

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

    public void BeginSum(Span<float> values)
    {
        Begun.Add(values.Length);
        isUnderWay = true;
        ranks.BeginSum(values);
    }

    public void AdvanceSums()
    {
        HaveGoneOn |= isUnderWay;
        ranks.AdvanceSums();
    }

    public void EndSums()
    {
        Calls++;
        isUnderWay = false;
        ranks.EndSums();
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
