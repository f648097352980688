namespace Nin.MLNet.Training;

/// <summary>Weights of the classes in the loss.</summary>
internal static class ClassBalance
{
    /// <summary>The given weights, those that balance the classes, or null where all weigh 1.</summary>
    /// <exception cref="ArgumentException">Not one weight for each class.</exception>
    public static float[]? WeightsFor(NinClassWeights? weights, IReadOnlyCollection<int> labels, int classes)
    {
        if (weights is null)
            return null;
        if (weights != NinClassWeights.Balanced)
        {
            return weights.Count == classes
                ? [.. weights.Select(weight => (float)weight)]
                : throw new ArgumentException($"Options.ClassWeights has {weights.Count} values: expected {classes}, one for each class in the label's key order.");
        }

        var counts = new int[classes];
        foreach (var label in labels)
            counts[label]++;
        return [.. counts.Select(count => count == 0 ? 0 : (float)labels.Count / (counts.Count(c => c > 0) * count))];
    }
}
