namespace Nin.Pipeline.Demo.DataSets;

/// <summary>What must hold of the classes of any source.</summary>
internal static class ClassNameCheck
{
    /// <exception cref="InvalidDataException">One class or none.</exception>
    public static void AtLeastTwo(IReadOnlyList<string> names, string location)
    {
        if (names.Count < 2)
            throw new InvalidDataException(
                $"{Path.GetFullPath(location)}: expected images of at least two classes, found " +
                (names.Count == 0 ? "none." : $"one, '{names[0]}'."));
    }

    /// <exception cref="InvalidDataException">Two names differ in case only: one class where file names ignore case, two elsewhere.
    /// </exception>
    public static void DifferInMoreThanCase(IEnumerable<string> names, string location)
    {
        var twins = names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        if (twins is null)
            return;
        var both = string.Join(" and ", twins.Order(StringComparer.Ordinal).Select(name => $"'{name}'"));
        throw new InvalidDataException(
            $"{Path.GetFullPath(location)}: the classes {both} differ in case only. Make them one, or give one another name.");
    }
}
