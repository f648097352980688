namespace Nin.MLNet.Data;

/// <summary>Sets a shuffled share of each class aside.</summary>
internal static class StratifiedSplit
{
    /// <summary>Indices to train on and to validate on; of a class with a single example, none is set aside.</summary>
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
