using Nin.MLNet.Network;
using TorchSharp;

namespace Nin.MLNet.Training;

/// <summary>
/// Adds a gradient up over the ranks in pieces, those of the last layers first, which are final while the backward pass still goes through
/// the layers before. Pieces and their order follow from the network alone, so that ranks whose backward pass tells of its progress and
/// ranks whose does not begin the same sums.
/// </summary>
internal sealed class GradientSum
{
    /// <summary>About as many pieces; each costs a message's latency, and what is left at the end is not hidden.</summary>
    private const int Pieces = 4;
    private readonly Replicas ranks;
    private readonly NinNetwork network;
    private readonly List<(long From, long To)> pieces;
    private int begun;

    public GradientSum(Replicas ranks, NinNetwork network) =>
        (this.ranks, this.network, pieces) = (ranks, network, Cut(network));

    /// <summary>Begins what is final by now; called from the backward pass.</summary>
    /// <param name="final">From here on, weights that decay have their whole gradient.</param>
    public void Reach(long final)
    {
        if (!IsInPieces)
            return;
        ranks.AdvanceSums();
        while (begun < pieces.Count && pieces[begun].From >= final)
            Begin();
    }

    /// <summary>Begins what is left and waits for all: the network's gradient is the sum over the ranks.</summary>
    public void Complete()
    {
        if (!IsInPieces)
        {
            ranks.Sum(network.Gradients);
            return;
        }

        while (begun < pieces.Count)
            Begin();
        var (start, count) = (network.DecayingCount, network.Gradients.shape[0] - network.DecayingCount);
        ranks.BeginSum(network.Gradients.narrow(0, start, count));
        ranks.EndSums();
        begun = 0;
    }

    /// <summary>On a GPU the gradient goes through host memory, all at once.</summary>
    private bool IsInPieces => ranks.AreMany && network.Device.type == DeviceType.CPU;

    private static List<(long From, long To)> Cut(NinNetwork network)
    {
        List<(long, long)> pieces = [];
        var end = network.DecayingCount;
        foreach (var start in network.DecayingStarts.Reverse())
        {
            if (start > 0 && (end - start) * Pieces < network.DecayingCount)
                continue;
            pieces.Add((start, end));
            end = start;
        }

        return pieces;
    }

    private void Begin()
    {
        var (from, to) = pieces[begun++];
        ranks.BeginSum(network.Gradients.narrow(0, from, to - from));
    }
}
