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

    /// <summary>How far a loss has moved from <see cref="Blind"/> (0) to <see cref="Perfect"/> (1).</summary>
    public double LearntShare(double loss) => (Blind - loss) / Math.Max(Blind - Perfect, 1e-9);

    private static double Entropy(double share) => share <= 0 ? 0 : -share * Math.Log(share);
}
