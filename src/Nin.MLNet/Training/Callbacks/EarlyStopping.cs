namespace Nin.MLNet.Training.Callbacks;

/// <summary>Ends the training where so many epochs in a row brought no better validation.</summary>
internal sealed class EarlyStopping(NinTrainer.Metric metric, int patience) : NinCallback
{
    private readonly BestFigure figure = new(metric, lossDecidesTies: false);
    private int since;

    public override void OnEpoch(NinTrainingContext training)
    {
        if (training.Run.Validated is not { } figures)
            return;
        since = figure.Improves(figures) ? 0 : since + 1;
        if (since >= patience)
            training.Run.End($"Stops early: no better {metric} in {patience} epoch(s), the best was epoch {training.Epoch - since}.");
    }

    public override void SaveState(BinaryWriter writer)
    {
        figure.Save(writer);
        writer.Write(since);
    }

    public override void RestoreState(BinaryReader reader)
    {
        figure.Restore(reader);
        since = reader.ReadInt32();
    }
}
