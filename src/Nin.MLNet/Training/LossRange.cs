namespace Nin.MLNet.Training;

/// <summary>
/// The range in which a training's loss moves: from the loss of a network that knows only the class frequencies to that of a network that
/// is always right, under the label smoothing and the weights in use.
/// </summary>
/// <param name="Blind">Loss of always answering with the classes' shares, in nats.</param>
/// <param name="Perfect">Loss of always answering with the smoothed target, in nats.</param>
internal readonly record struct LossRange(double Blind, double Perfect)
{
    public static LossRange Of(IReadOnlyList<double> classShares, double labelSmoothing)
    {
        var classes = classShares.Count;
        var off = labelSmoothing / classes;
        var blind = classShares.Sum(share => Entropy(((1 - labelSmoothing) * share) + off));
        return new LossRange(blind, Entropy(1 - labelSmoothing + off) + ((classes - 1) * Entropy(off)));
    }

    /// <summary>Below it, as with a single class, there is nothing to learn: differences of losses would be rounding errors.</summary>
    private const double Least = 1e-6;

    /// <summary>How far a loss has moved from <see cref="Blind"/> (0) to <see cref="Perfect"/> (1); 1 where they are the same.</summary>
    public double LearntShare(double loss) => Blind - Perfect < Least ? 1 : (Blind - loss) / (Blind - Perfect);

    private static double Entropy(double share) => share <= 0 ? 0 : -share * Math.Log(share);
}
