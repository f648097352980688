namespace Nin.MLNet.Training.Callbacks;

/// <summary>The best value so far of the metric that epochs are compared by. A figure that is no number is never the best.</summary>
/// <param name="metric">The metric.</param>
/// <param name="lossDecidesTies">Whether of equal accuracies, which are common on few images, the one of lower loss is better.</param>
internal sealed class BestFigure(NinTrainer.Metric metric, bool lossDecidesTies)
{
    private double best = double.NaN, lossOfBest = double.PositiveInfinity;

    /// <summary>Whether these figures are better than all before; then they are the best.</summary>
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
