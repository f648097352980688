namespace Nin.MLNet.Training;

/// <summary>Weights of the classes in the loss.</summary>
internal static class ClassBalance
{
    /// <summary>The given weights, those that balance the classes, or null where all weigh 1.</summary>
    /// <exception cref="ArgumentException">Not one weight for each class.</exception>
    public static float[]? WeightsFor(NinTrainer.Options options, IReadOnlyCollection<int> labels, int classes)
    {
        if (options.ClassWeights is { } given)
        {
            return given.Count == classes
                ? [.. given.Select(weight => (float)weight)]
                : throw new ArgumentException($"Options.ClassWeights has {given.Count} values: expected {classes}, one for each class in the label's key order.");
        }

        if (!options.BalancedClasses)
            return null;
        var counts = new int[classes];
        foreach (var label in labels)
            counts[label]++;
        return [.. counts.Select(count => count == 0 ? 0 : (float)labels.Count / (counts.Count(c => c > 0) * count))];
    }
}
