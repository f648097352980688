using System.Globalization;
using Nin.Pipeline.Demo.DataSets;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Reports;

/// <summary>The files that could not be read: each with its reason, and how many.</summary>
internal static class FailureReport
{
    /// <summary>More than these nobody reads; their number is told, and JSON has them all.</summary>
    private const int Most = 20;

    /// <summary>Files that were left alone for their names: a photo as .heic is not read, and nobody should have to guess that.</summary>
    public static void PrintOtherKinds(IAnsiConsole console, ReadFailures failures)
    {
        var kinds = failures.OtherKinds();
        if (kinds.Count > 0)
            console.WriteLine(
                "files of other kinds, left out: " +
                string.Join(", ", kinds.Select(kind => string.Create(
                    CultureInfo.InvariantCulture, $"{kind.Value:N0} {(kind.Key.Length > 0 ? kind.Key : "without an extension")}"))));
    }

    /// <summary>Lists them.</summary>
    /// <returns>The exit code of a command that is done but for them.</returns>
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
