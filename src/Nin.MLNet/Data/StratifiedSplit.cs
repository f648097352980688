using Nin.MLNet.Training;

namespace Nin.MLNet.Data;

/// <summary>Sets a shuffled share of each class aside.</summary>
internal static class StratifiedSplit
{
    /// <summary>
    /// The same for a set that ranks share; every rank calls it. The images set aside are the same for any number of ranks, so that a
    /// training resumed with a different number is not validated on images it has learnt from.
    /// </summary>
    /// <returns>Indices of this rank's examples.</returns>
    public static (int[] Train, int[] Validation) Of(ExampleSet examples, double fraction, ulong seed, Replicas replicas)
    {
        if (examples.Rows is not { } own || fraction == 0)
            return Of(examples.Classes, fraction, seed);
        var rows = replicas.Join(own.ToArray());
        var classes = replicas.Join(examples.Classes.ToArray());
        Array.Sort(rows, classes);
        var (train, validation) = Of(classes, fraction, seed);
        return (Own(train), Own(validation));

        // Both are in ascending order.
        int[] Own(int[] chosen) => [.. chosen.Select(i => own.BinarySearch(rows[i])).Where(index => index >= 0)];
    }

    /// <summary>Indices to train on and to validate on; the only example of a class is never set aside.</summary>
    public static (int[] Train, int[] Validation) Of(IReadOnlyList<int> classes, double fraction, ulong seed)
    {
        if (fraction == 0)
            return ([.. Enumerable.Range(0, classes.Count)], []);
        var random = new Random((int)(seed % int.MaxValue));
        List<int> train = [], validation = [];
        foreach (var group in Enumerable.Range(0, classes.Count).GroupBy(i => classes[i]).OrderBy(group => group.Key))
        {
            var members = group.ToArray();
            random.Shuffle(members);
            var aside = Math.Min((int)Math.Round(members.Length * fraction), members.Length - 1);
            validation.AddRange(members[..aside]);
            train.AddRange(members[aside..]);
        }

        train.Sort();
        validation.Sort();
        return ([.. train], [.. validation]);
    }
}
