namespace Nin.Pipeline.Demo.DataSets;

/// <summary>Checks that apply to the classes of every source.</summary>
internal static class ClassNameCheck
{
    /// <exception cref="InvalidDataException">There are fewer than two classes.</exception>
    public static void AtLeastTwo(IReadOnlyList<string> names, string location)
    {
        if (names.Count < 2)
            throw new InvalidDataException(
                $"{Path.GetFullPath(location)}: expected images of at least two classes, found " +
                (names.Count == 0 ? "none." : $"one, '{names[0]}'."));
    }

    /// <exception cref="InvalidDataException">Two names differ only in case: one class on file systems that ignore case, two
    /// elsewhere.</exception>
    public static void DifferInMoreThanCase(IEnumerable<string> names, string location)
    {
        var twins = names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        if (twins is null)
            return;
        var both = string.Join(" and ", twins.Order(StringComparer.Ordinal).Select(name => $"'{name}'"));
        throw new InvalidDataException(
            $"{Path.GetFullPath(location)}: the classes {both} differ only in case. Merge them, or rename one.");
    }
}
