namespace Nin.Pipeline.Demo.DataSets;

/// <summary>Orders the training images by seed, balanced over the classes. The first n of them form a training set of size n.</summary>
internal static class BalancedOrder
{
    /// <param name="labels">The class of each image.</param>
    /// <param name="seed">The same seed gives the same order.</param>
    public static int[] Of(IReadOnlyList<string> labels, int seed)
    {
        int[] order = [.. Enumerable.Range(0, labels.Count)];
        new Random(seed).Shuffle(order);
        // The first of each class, then the second of each class and so on.
        return
        [
            .. order.GroupBy(row => labels[row], StringComparer.Ordinal)
                .SelectMany(rows => rows.Select((row, turn) => (row, turn)))
                .OrderBy(drawn => drawn.turn)
                .Select(drawn => drawn.row),
        ];
    }
}
