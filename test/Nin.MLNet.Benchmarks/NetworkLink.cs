using System.Numerics;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// The link between machines, each with its own full-duplex cable, and the time of a sum over them. Costs follow Thakur, Rabenseifner
/// and Gropp 2005 ("Optimization of Collective Communication Operations in MPICH"): a message of n bytes takes alpha + n beta, and
/// adding a byte takes gamma.
/// </summary>
/// <param name="Gigabits">Gigabits per second; beta is the inverse.</param>
/// <param name="Alpha">Start-up seconds of a message, whatever its length.</param>
internal sealed record NetworkLink(double Gigabits, double Alpha)
{
    /// <summary>Seconds to add a byte: 10 GB/s, limited by memory rather than arithmetic.</summary>
    private const double Gamma = 1e-10;

    private double Beta => 8e-9 / Gigabits;

    /// <summary>Seconds for an allreduce over a power-of-two number of ranks, by the cheaper of the two algorithms.</summary>
    public double Allreduce(int ranks, double bytes)
    {
        var rounds = BitOperations.Log2((uint)ranks);
        var share = (ranks - 1.0) / ranks;
        // Recursive doubling sends everything in every round. Rabenseifner's halves while adding up and doubles while handing out.
        var doubling = rounds * (Alpha + (bytes * (Beta + Gamma)));
        var halving = (2 * rounds * Alpha) + (share * bytes * ((2 * Beta) + Gamma));
        return Math.Min(doubling, halving);
    }
}
