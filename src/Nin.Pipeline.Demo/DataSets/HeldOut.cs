namespace Nin.Pipeline.Demo.DataSets;

/// <summary>Sets aside a share of the images for testing, the same share of each class, drawn by a seed.</summary>
internal static class HeldOut
{
    /// <summary>Draws the training rows and the test rows, both in random order.</summary>
    /// <param name="labels">Class of each row.</param>
    /// <param name="share">Share of each class to test on, above 0 and below 1; at least one image of each class that has two or
    /// more.</param>
    /// <param name="seed">The same seed gives the same rows.</param>
    public static (int[] Train, int[] Test) Split(IReadOnlyList<string> labels, double share, int seed)
    {
        var random = new Random(seed);
        List<int> train = [], test = [];
        foreach (var group in Enumerable.Range(0, labels.Count)
            .GroupBy(row => labels[row], StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var rows = group.ToArray();
            random.Shuffle(rows);
            var aside = rows.Length < 2 ? 0 : Math.Clamp((int)Math.Round(rows.Length * share), 1, rows.Length - 1);
            test.AddRange(rows[..aside]);
            train.AddRange(rows[aside..]);
        }

        return (Shuffled(train), Shuffled(test));

        int[] Shuffled(List<int> rows)
        {
            var order = rows.ToArray();
            random.Shuffle(order);
            return order;
        }
    }
}
