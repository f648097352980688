namespace Nin.MLNet;

/// <summary>What a learning-rate range test found; given by <see cref="NinTrainer.FindLearningRate"/>.</summary>
public sealed class NinLearningRateCurve
{
    /// <summary>Weight of the past in the smoothed loss: about ten steps' worth.</summary>
    private const double Memory = 0.9;

    /// <summary>Share of the loss's whole fall. Where it fell most steeply, or was lowest, is a matter of chance.</summary>
    private const double Descended = 0.9;

    private NinLearningRateCurve(IReadOnlyList<NinLearningRatePoint> points) => Points = points;

    /// <summary>One entry for each step, the rates rising; it ends early where the loss exploded.</summary>
    public IReadOnlyList<NinLearningRatePoint> Points { get; }

    /// <summary>
    /// A rate to be the highest of a one-cycle or cosine schedule: the middle, by factors, of the rates at which the smoothed loss had come
    /// down by nine tenths of its whole fall. Null where the loss never fell: then try a lower start or look at the data.
    /// </summary>
    public double? Suggestion
    {
        get
        {
            if (Points.Count == 0)
                return null;
            var (start, lowest) = (Points[0].SmoothedLoss, Points.Min(point => point.SmoothedLoss));
            if (lowest == start)
                return null;
            var enough = start - (Descended * (start - lowest));
            bool HasDescended(NinLearningRatePoint point) => point.SmoothedLoss <= enough;
            return Math.Sqrt(Points.First(HasDescended).LearningRate * Points.Last(HasDescended).LearningRate);
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
