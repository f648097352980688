using System.Globalization;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>Draws training and test rows from a source that has no test set of its own.</summary>
internal static class Portions
{
    /// <param name="labels">Class of each row.</param>
    /// <param name="names">A name for each row that stays the same, whatever the other rows.</param>
    /// <param name="testShare">Share of each class to test on.</param>
    /// <param name="portion">The part to load.</param>
    /// <exception cref="InvalidDataException">There is nothing left to test on.</exception>
    public static (int[] Train, int[] Test) Draw(
        IReadOnlyList<string> labels, IReadOnlyList<string> names, double testShare, Portion portion)
    {
        if (portion.TestsOnAll)
        {
            int[] all = [.. Enumerable.Range(0, labels.Count)];
            return (all, First(all, portion.TestRows));
        }

        var (train, test) = HeldOut.Split(labels, names, testShare, portion.Seed);
        if (portion.HoldOut > 0)
            (train, test) = HoldOut(labels, names, train, portion);
        if (test.Length == 0)
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"No class has two images, so none of the {labels.Count:N0} can be set aside for testing: add images."));
        return (First(train, portion.TrainRows), First(test, portion.TestRows));
    }

    /// <summary>Leaves the test images unused and holds out some of the training images in their place.</summary>
    public static (int[] Train, int[] Test) HoldOut(
        IReadOnlyList<string> labels, IReadOnlyList<string> names, int[] train, Portion portion)
    {
        if (portion.HoldOut >= train.Length)
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"{portion.HoldOut:N0} images are to be held out: expected fewer than the {train.Length:N0} training images."));
        var (learnt, aside) = HeldOut.Split(
            [.. train.Select(row => labels[row])], [.. train.Select(row => names[row])],
            (double)portion.HoldOut / train.Length, portion.Seed);
        return ([.. learnt.Select(i => train[i])], [.. aside.Select(i => train[i])]);
    }

    public static T[] First<T>(T[] rows, int? count) => count is { } most && most < rows.Length ? rows[..most] : rows;
}
