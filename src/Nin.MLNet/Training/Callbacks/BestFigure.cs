namespace Nin.MLNet.Training.Callbacks;

/// <summary>The best value so far of the metric by which epochs are compared. A figure that is not finite is never the best.</summary>
/// <param name="metric">The metric.</param>
/// <param name="lossDecidesTies">Whether the lower loss decides between equal accuracies, which are common with few images.</param>
internal sealed class BestFigure(NinTrainer.Metric metric, bool lossDecidesTies)
{
    private double best = double.NaN, lossOfBest = double.PositiveInfinity;

    /// <summary>Whether these figures are better than all before; if so, they become the best.</summary>
    public bool Improves((double Loss, double Accuracy) figures)
    {
        // Higher is better.
        var value = metric == NinTrainer.Metric.ValidationLoss ? -figures.Loss : figures.Accuracy;
        if (!double.IsFinite(figures.Loss) || !double.IsFinite(value) || value < best)
            return false;
        if (value == best && !(lossDecidesTies && figures.Loss < lossOfBest))
            return false;
        (best, lossOfBest) = (value, figures.Loss);
        return true;
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(best);
        writer.Write(lossOfBest);
    }

    public void Restore(BinaryReader reader) => (best, lossOfBest) = (reader.ReadDouble(), reader.ReadDouble());
}
