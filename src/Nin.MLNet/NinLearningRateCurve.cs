namespace Nin.MLNet;

/// <summary>The result of a learning-rate range test; returned by <see cref="NinTrainer.FindLearningRate"/>.</summary>
public sealed class NinLearningRateCurve
{
    /// <summary>Weight of the past in the smoothed loss: about ten steps' worth.</summary>
    private const double Memory = 0.9;

    /// <summary>
    /// Share of the loss's total fall that counts as low. Where it fell most steeply, or was lowest, is a matter of chance.
    /// </summary>
    private const double Descended = 0.9;

    private NinLearningRateCurve(IReadOnlyList<NinLearningRatePoint> points, double? suggestion) =>
        (Points, Suggestion) = (points, suggestion);

    /// <summary>One entry for each step, with rising rates; it ends early if the loss exploded.</summary>
    public IReadOnlyList<NinLearningRatePoint> Points { get; }

    /// <summary>
    /// A suggested highest rate for a one-cycle or cosine schedule: for each training, the geometric middle of the rates at which the
    /// smoothed loss had completed nine tenths of its total fall; then the geometric mean over the trainings in which it fell. Null if it
    /// fell in too few of them: then try a lower start or look at the data.
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

        /// <summary>The geometric middle of the rates at which the loss was low; null if it never fell.</summary>
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
