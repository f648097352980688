using System.Globalization;
using Nin.Pipeline.Demo.DataSets;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Reports;

/// <summary>Lists the files that could not be read, with reasons, and their number.</summary>
internal static class FailureReport
{
    /// <summary>Nobody reads more than this many; beyond it only their number is shown. JSON has them all.</summary>
    private const int Most = 20;

    /// <summary>
    /// Reports files skipped because of their names, and linked folders that were not followed: a .heic photo is not read, and the user
    /// should not have to guess that.
    /// </summary>
    public static void PrintLeftOut(IAnsiConsole console, ReadFailures failures)
    {
        var kinds = failures.OtherKinds();
        if (kinds.Count > 0)
            console.WriteLine(
                "files of other kinds, left out: " +
                string.Join(", ", kinds.Select(kind => string.Create(
                    CultureInfo.InvariantCulture, $"{kind.Value:N0} {(kind.Key.Length > 0 ? kind.Key : "without an extension")}"))));
        foreach (var link in failures.LinkedFolders())
            console.WriteLine($"link to a folder, not followed: {link}");
    }

    /// <summary>Prints the list.</summary>
    /// <returns>The exit code of a command that otherwise succeeded.</returns>
    public static int Print(IAnsiConsole console, IReadOnlyList<ReadFailure> failures)
    {
        if (failures.Count == 0)
            return ExitCode.Done;
        console.MarkupLine(string.Create(CultureInfo.InvariantCulture, $"[yellow]{failures.Count:N0} file(s) could not be read:[/]"));
        foreach (var failure in failures.Take(Most))
            console.WriteLine($"  {failure.Path}: {failure.Reason}");
        if (failures.Count > Most)
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  and {failures.Count - Most:N0} more"));
        return ExitCode.SomeUnreadable;
    }
}
