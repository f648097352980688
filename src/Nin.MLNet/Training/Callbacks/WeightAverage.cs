using Nin.MLNet.Native;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training.Callbacks;

/// <summary>The averaged weights that a training returns: a moving average, or lookahead's slow weights.</summary>
internal sealed class WeightAverage(NinNetwork network, NinTrainer.WeightAveraging kind, double decay) : NinCallback, IDisposable
{
    private const int LookaheadSteps = 5;
    private const double LookaheadShare = 0.5;
    private readonly WeightSnapshot average = network.Snapshot();
    private long steps;

    /// <summary>The average that the settings ask for; null if they ask for none.</summary>
    public static WeightAverage? For(TrainingSettings settings, NinNetwork network) =>
        settings.WeightAveraging == NinTrainer.WeightAveraging.None
            ? null
            : new WeightAverage(network, settings.WeightAveraging, settings.AveragingDecay);

    /// <summary>Starts from the network's present weights.</summary>
    public override void OnTrainingStart(NinTrainingContext training) => Reset();

    internal override void OnWeightsReplaced(NinTrainingContext training) => Reset();

    public override void OnStep(NinTrainingContext training) => Update();

    public void Update()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        steps++;
        if (kind == NinTrainer.WeightAveraging.Ema)
        {
            // Young averages forget faster, so that the initial weights fade out.
            var share = 1 - Math.Min(decay, (1.0 + steps) / (10 + steps));
            average.Parameters.MoveTo(network.Parameters, share);
            average.Buffers.MoveTo(network.Buffers, share);
        }
        else if (steps % LookaheadSteps == 0)
        {
            average.Parameters.MoveTo(network.Parameters, LookaheadShare);
            average.Buffers.copy_(network.Buffers);
            network.Parameters.copy_(average.Parameters);
        }
    }

    /// <summary>Starts again from the network's weights.</summary>
    public void Reset()
    {
        steps = 0;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        average.Parameters.copy_(network.Parameters);
        average.Buffers.copy_(network.Buffers);
    }

    /// <summary>Puts the averaged weights into a network.</summary>
    public void PutInto(NinNetwork target) => target.Restore(average);

    public override void SaveState(BinaryWriter writer)
    {
        writer.Write(steps);
        writer.Write(average.Parameters, network.ParameterLayout);
        writer.Write(average.Buffers, network.BufferLayout);
    }

    public override void RestoreState(BinaryReader reader)
    {
        steps = reader.ReadInt64();
        reader.ReadInto(average.Parameters, network.ParameterLayout);
        reader.ReadInto(average.Buffers, network.BufferLayout);
    }

    public void Dispose() => average.Dispose();
}
