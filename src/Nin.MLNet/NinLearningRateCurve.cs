namespace Nin.MLNet;

/// <summary>What a learning-rate range test found; given by <see cref="NinTrainer.FindLearningRate"/>.</summary>
public sealed class NinLearningRateCurve
{
    /// <summary>Weight of the past in the smoothed loss: about ten steps' worth.</summary>
    private const double Memory = 0.9;

    private NinLearningRateCurve(IReadOnlyList<NinLearningRatePoint> points) => Points = points;

    /// <summary>One entry for each step, the rates rising; it ends early where the loss exploded.</summary>
    public IReadOnlyList<NinLearningRatePoint> Points { get; }

    /// <summary>
    /// A rate to be the highest of a one-cycle or cosine schedule: the geometric mean of the one at which the smoothed loss fell most
    /// steeply and the one at which it was lowest, since the first is too careful and the second on the brink. Null where the loss
    /// never fell: then try a lower start or look at the data.
    /// </summary>
    public double? Suggestion
    {
        get
        {
            var lowest = Points.Count == 0 ? 0 : Enumerable.Range(0, Points.Count).MinBy(i => Points[i].SmoothedLoss);
            if (lowest == 0)
                return null;
            var steepest = Enumerable.Range(1, lowest).MinBy(i => (Points[i].SmoothedLoss - Points[i - 1].SmoothedLoss) / Math.Log(Points[i].LearningRate / Points[i - 1].LearningRate));
            return Math.Sqrt(Points[steepest].LearningRate * Points[lowest].LearningRate);
        }
    }

    internal sealed class Builder
    {
        private readonly List<NinLearningRatePoint> points = [];
        private double sum, weight;

        public int Count => points.Count;

        public double Smoothed => points.Count == 0 ? double.NaN : points[^1].SmoothedLoss;

        public double Lowest { get; private set; } = double.PositiveInfinity;

        public void Add(double rate, double loss)
        {
            (sum, weight) = ((Memory * sum) + ((1 - Memory) * loss), (Memory * weight) + (1 - Memory));
            points.Add(new NinLearningRatePoint(rate, loss, sum / weight));
            Lowest = Math.Min(Lowest, Smoothed);
        }

        public NinLearningRateCurve Build() => new([.. points]);
    }
}
