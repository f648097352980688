namespace Nin.MLNet.Data;

/// <summary>Which rows of a data view one of several ranks reads: those whose number, from 0, modulo the count is the rank.</summary>
/// <param name="Rank">Number of the rank, from 0.</param>
/// <param name="Count">Number of ranks; 1 reads everything.</param>
internal readonly record struct Shard(int Rank, int Count)
{
    public static Shard Whole { get; } = new(0, 1);

    public bool Has(long row) => row % Count == Rank;
}
