using Nin.MLNet.Network;
using TorchSharp;

namespace Nin.MLNet.Training;

/// <summary>
/// Sums a gradient over the ranks in pieces, the last layers first: theirs is final while the backward pass is still in earlier layers.
/// The pieces and their order depend on the network alone, so that ranks start the same sums whether or not their backward pass reports
/// its progress.
/// </summary>
internal sealed class GradientSum
{
    /// <summary>Approximate number. Each piece costs a message's latency; the backward pass does not hide the last sum.</summary>
    private const int Pieces = 4;
    private readonly Replicas ranks;
    private readonly NinNetwork network;
    private readonly List<(long From, long To)> pieces;
    private int begun;

    public GradientSum(Replicas ranks, NinNetwork network) =>
        (this.ranks, this.network, pieces) = (ranks, network, Cut(network));

    /// <summary>Starts summing the pieces that are final by now; called from the backward pass.</summary>
    /// <param name="final">From this index on, the gradient of the decaying weights is complete.</param>
    public void Reach(long final)
    {
        if (!IsInPieces)
            return;
        ranks.AdvanceSums();
        while (begun < pieces.Count && pieces[begun].From >= final)
            Begin();
    }

    /// <summary>Starts the remaining sums and waits for all: afterwards the network's gradient is the sum over the ranks.</summary>
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
