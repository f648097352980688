namespace Nin.MLNet;

/// <summary>What a learning-rate range test found; given by <see cref="NinTrainer.FindLearningRate"/>.</summary>
public sealed class NinLearningRateCurve
{
    /// <summary>Weight of the past in the smoothed loss: about ten steps' worth.</summary>
    private const double Memory = 0.9;

    /// <summary>Share of the loss's whole fall. Where it fell most steeply, or was lowest, is a matter of chance.</summary>
    private const double Descended = 0.9;

    private NinLearningRateCurve(IReadOnlyList<NinLearningRatePoint> points, double? suggestion) =>
        (Points, Suggestion) = (points, suggestion);

    /// <summary>One entry for each step, the rates rising; it ends early where the loss exploded.</summary>
    public IReadOnlyList<NinLearningRatePoint> Points { get; }

    /// <summary>
    /// A rate to be the highest of a one-cycle or cosine schedule: the middle, by factors, of the rates at which the smoothed loss had come
    /// down by nine tenths of its whole fall; the mean of the trainings', by factors. Null where the loss never fell: then try a
    /// lower start or look at the data.
    /// </summary>
    public double? Suggestion { get; }

    internal sealed class Builder
    {
        private readonly List<NinLearningRatePoint> points = [];
        private double sum, weight;

        public double Smoothed => points.Count == 0 ? double.NaN : points[^1].SmoothedLoss;

        public double Lowest { get; private set; } = double.PositiveInfinity;

        public void Add(double rate, double loss)
        {
            (sum, weight) = ((Memory * sum) + ((1 - Memory) * loss), (Memory * weight) + (1 - Memory));
            points.Add(new NinLearningRatePoint(rate, loss, sum / weight));
            Lowest = Math.Min(Lowest, Smoothed);
        }

        /// <summary>The middle of the rates at which the loss was low; null where it never fell.</summary>
        public double? Middle()
        {
            if (points.Count == 0 || Lowest == points[0].SmoothedLoss)
                return null;
            var enough = points[0].SmoothedLoss - (Descended * (points[0].SmoothedLoss - Lowest));
            bool HasDescended(NinLearningRatePoint point) => point.SmoothedLoss <= enough;
            return Math.Sqrt(points.First(HasDescended).LearningRate * points.Last(HasDescended).LearningRate);
        }

        public NinLearningRateCurve Build(double? suggestion) => new([.. points], suggestion);
    }
}
