using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>The averaged weights that a training gives back: moving average, or lookahead's slow weights.</summary>
internal sealed class WeightAverage : IDisposable
{
    private const int LookaheadSteps = 5;
    private const double LookaheadShare = 0.5;
    private readonly NinNetwork network;
    private readonly NinTrainer.WeightAveraging kind;
    private readonly double decay;

    public WeightAverage(NinNetwork network, NinTrainer.WeightAveraging kind, double decay)
    {
        (this.network, this.kind, this.decay) = (network, kind, decay);
        Average = kind == NinTrainer.WeightAveraging.None ? null : network.Snapshot();
    }

    /// <summary>The average so far; null where none is kept.</summary>
    public WeightSnapshot? Average { get; }

    /// <summary>Steps taken into the average.</summary>
    public long Steps { get; set; }

    /// <summary>Takes in the weights behind a step.</summary>
    public void Update()
    {
        if (Average is null)
            return;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Steps++;
        if (kind == NinTrainer.WeightAveraging.Ema)
        {
            // Young averages forget faster, so that the start does not linger.
            var share = 1 - Math.Min(decay, (1.0 + Steps) / (10 + Steps));
            Average.Parameters.lerp_(network.Parameters, share);
            Average.Buffers.lerp_(network.Buffers, share);
        }
        else if (Steps % LookaheadSteps == 0)
        {
            Average.Parameters.lerp_(network.Parameters, LookaheadShare);
            Average.Buffers.copy_(network.Buffers);
            network.Parameters.copy_(Average.Parameters);
        }
    }

    /// <summary>Starts anew from the network's present weights.</summary>
    public void Reset()
    {
        Steps = 0;
        if (Average is null)
            return;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Average.Parameters.copy_(network.Parameters);
        Average.Buffers.copy_(network.Buffers);
    }

    /// <summary>Puts the averaged weights into the network; the returned snapshot holds the ones that were there.</summary>
    public WeightSnapshot? SwapIn()
    {
        if (Average is null)
            return null;
        var current = network.Snapshot();
        network.Restore(Average);
        return current;
    }

    public void Dispose() => Average?.Dispose();
}
