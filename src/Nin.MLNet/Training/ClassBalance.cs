namespace Nin.MLNet.Training;

/// <summary>Weights of the classes in the loss, and the classes' shares of the training data of all ranks.</summary>
internal static class ClassBalance
{
    /// <summary>The given weights, those that balance the classes, or null where all weigh 1.</summary>
    public static float[]? WeightsFor(
        NinClassWeights? weights, IReadOnlyList<int> labels, IReadOnlyList<float>? exampleWeights, int classes, Replicas replicas)
    {
        if (weights is null)
            return null;
        if (weights != NinClassWeights.Balanced)
            return [.. weights.Select(weight => (float)weight)];
        var sums = Sums(labels, exampleWeights, null, classes, replicas);
        var met = sums.Count(sum => sum > 0);
        return [.. sums.Select(sum => sum == 0 ? 0 : (float)(sums.Sum() / (met * sum)))];
    }

    /// <summary>Each class's share of the training data's weight; they add up to 1, or are all 0 where nothing weighs anything.</summary>
    public static double[] Shares(
        IReadOnlyList<int> labels, IReadOnlyList<float>? exampleWeights, float[]? classWeights, int classes, Replicas replicas)
    {
        var sums = Sums(labels, exampleWeights, classWeights, classes, replicas);
        var total = sums.Sum();
        return total == 0 ? sums : [.. sums.Select(sum => sum / total)];
    }

    private static double[] Sums(
        IReadOnlyList<int> labels, IReadOnlyList<float>? exampleWeights, float[]? classWeights, int classes, Replicas replicas)
    {
        var sums = new double[classes];
        for (var i = 0; i < labels.Count; i++)
            sums[labels[i]] += (exampleWeights?[i] ?? 1.0) * (classWeights?[labels[i]] ?? 1.0);
        replicas.Sum(sums);
        return sums;
    }
}
