namespace Nin.MLNet.Training.Callbacks;

/// <summary>Ends the training after a given number of consecutive epochs without a better validation.</summary>
internal sealed class EarlyStopping(NinTrainer.Metric metric, int patience) : NinCallback
{
    private BestFigure figure = new(metric, lossDecidesTies: false);
    private TrainingRun? run;
    private int since;

    public override void OnTrainingStart(NinTrainingContext training) => run = training.Run;

    public override void OnEpoch(NinTrainingContext training)
    {
        if (training.Run.Validated is not { } figures)
            return;
        since = figure.Improves(figures) ? 0 : since + 1;
        EndIfDue(training.Epoch);
    }

    /// <summary>Epochs of weights that were given up do not count.</summary>
    internal override void OnWeightsReplaced(NinTrainingContext training)
    {
        if (training.History.Count == 0)
            (figure, since) = (new(metric, lossDecidesTies: false), 0);
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
        // The training was killed after it had ended, but before its checkpoint recorded that.
        EndIfDue(run!.History.Count);
    }

    private void EndIfDue(int epoch)
    {
        if (since >= patience)
            run!.End($"Stops early: no better {metric} in {patience} epoch(s), the best was epoch {epoch - since}.");
    }
}
