using System.Numerics;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// What connects machines, each by a cable of its own in both directions, and what a sum over them takes: the costs of Thakur, Rabenseifner
/// and Gropp 2005 ("Optimization of Collective Communication Operations in MPICH"), where a message of n bytes takes alpha + n beta, and
/// adding a byte gamma.
/// </summary>
/// <param name="Gigabits">Gigabits a second; beta is their inverse.</param>
/// <param name="Alpha">Seconds of a message's start, whatever its length.</param>
internal sealed record NetworkLink(double Gigabits, double Alpha)
{
    /// <summary>Seconds to add a byte: 10 GB/s, of memory rather than of arithmetic.</summary>
    private const double Gamma = 1e-10;

    private double Beta => 8e-9 / Gigabits;

    /// <summary>Seconds that an allreduce of so many bytes over a power of two of ranks takes: the cheaper of the two algorithms.</summary>
    public double Allreduce(int ranks, double bytes)
    {
        var rounds = BitOperations.Log2((uint)ranks);
        var share = (ranks - 1.0) / ranks;
        // Recursive doubling: everything in every round. Rabenseifner's: halves to add up, doubles to hand out.
        var doubling = rounds * (Alpha + (bytes * (Beta + Gamma)));
        var halving = (2 * rounds * Alpha) + (share * bytes * ((2 * Beta) + Gamma));
        return Math.Min(doubling, halving);
    }
}
