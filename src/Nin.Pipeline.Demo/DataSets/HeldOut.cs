namespace Nin.Pipeline.Demo.DataSets;

/// <summary>
/// Sets aside a share of the images for testing, the same share of each class, drawn by a seed. One image more or less moves at most one
/// other image of its class from one part to the other.
/// </summary>
internal static class HeldOut
{
    /// <summary>Draws the training rows and the test rows, both in random order.</summary>
    /// <param name="labels">Class of each row.</param>
    /// <param name="names">A name for each row that stays the same, whatever the other rows.</param>
    /// <param name="share">Share of each class to test on, above 0 and below 1; at least one image of each class that has two or
    /// more.</param>
    /// <param name="seed">The same seed and names give the same rows.</param>
    public static (int[] Train, int[] Test) Split(IReadOnlyList<string> labels, IReadOnlyList<string> names, double share, int seed)
    {
        var order = DrawnOrder.Of(names, seed);
        var aside = order.GroupBy(row => labels[row], StringComparer.Ordinal)
            .SelectMany(rows => rows.Take(Aside(rows.Count(), share)))
            .ToHashSet();
        return ([.. order.Where(row => !aside.Contains(row))], [.. order.Where(aside.Contains)]);
    }

    private static int Aside(int rows, double share) => rows < 2 ? 0 : Math.Clamp((int)Math.Round(rows * share), 1, rows - 1);
}
