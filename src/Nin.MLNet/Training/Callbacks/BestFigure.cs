namespace Nin.MLNet.Training.Callbacks;

/// <summary>The best value so far of the metric that epochs are compared by. A figure that is no number is never the best.</summary>
internal sealed class BestFigure(NinTrainer.Metric metric)
{
    private double best = double.NaN;

    /// <summary>Whether these figures are better than all before; then they are the best.</summary>
    public bool Improves((double Loss, double Accuracy) figures)
    {
        // Higher is better.
        var value = metric == NinTrainer.Metric.ValidationLoss ? -figures.Loss : figures.Accuracy;
        if (!double.IsFinite(figures.Loss) || !double.IsFinite(value) || value <= best)
            return false;
        best = value;
        return true;
    }

    public void Save(BinaryWriter writer) => writer.Write(best);

    public void Restore(BinaryReader reader) => best = reader.ReadDouble();
}
