using Nin.MLNet.Network;

namespace Nin.MLNet.Training.Callbacks;

/// <summary>Keeps the weights of the epoch with the best validation: the very weights that were scored.</summary>
internal sealed class BestWeights(NinTrainer.Metric metric) : NinCallback, IDisposable
{
    private readonly BestFigure figure = new(metric, lossDecidesTies: true);
    private NinNetwork? network;
    private WeightSnapshot? best;

    public override void OnTrainingStart(NinTrainingContext training) => network = training.Run.Network;

    internal override void OnEvaluated(NinTrainingContext training)
    {
        if (training.Run.Validated is not { } figures || !figure.Improves(figures))
            return;
        best?.Dispose();
        best = training.Run.Network.Snapshot();
    }

    /// <summary>Puts the best weights into a network; false if no epoch was validated.</summary>
    public bool TryPutInto(NinNetwork target)
    {
        if (best is null)
            return false;
        target.Restore(best);
        return true;
    }

    public override void SaveState(BinaryWriter writer)
    {
        figure.Save(writer);
        writer.Write(best, network!);
    }

    public override void RestoreState(BinaryReader reader)
    {
        figure.Restore(reader);
        best?.Dispose();
        best = reader.ReadSnapshot(network!);
    }

    public void Dispose() => best?.Dispose();
}
