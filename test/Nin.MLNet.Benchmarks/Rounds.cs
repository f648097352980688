using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// Every contender's figures, round by round: all contenders take turns, so that a ratio compares figures taken close together in time.
/// </summary>
internal sealed class Rounds(IReadOnlyList<Contender> contenders)
{
    private readonly Dictionary<string, List<Measured?>> runs =
        contenders.ToDictionary(contender => contender.Name, _ => new List<Measured?>());

    public int Count { get; private set; }

    public void Run()
    {
        var clock = Stopwatch.StartNew();
        foreach (var contender in contenders)
        {
            var measured = contender.Run();
            Add(contender.Name, measured);
            var figure = measured is null ? "absent" : Text(measured.Median);
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"round {Count + 1}: {contender.Name}: {figure} ({clock.Elapsed.TotalSeconds:F0} s)"));
        }

        Count++;
    }

    public void Add(string contender, Measured? measured) => runs[contender].Add(measured);

    /// <summary>Whether any contender's name starts with the prefix.</summary>
    public bool Runs(string prefix) => contenders.Any(contender => contender.Name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Null if it was absent in that round or does not run at all.</summary>
    public Measured? this[string contender, int round] => runs.GetValueOrDefault(contender)?.ElementAtOrDefault(round);

    /// <summary>Ratio of two contenders' medians in a round.</summary>
    public double? Ratio(string numerator, string denominator, int round) =>
        this[numerator, round] is { } a && this[denominator, round] is { } b ? a.Median / b.Median : null;

    /// <summary>The fastest in a round among those whose names start with the prefix.</summary>
    public string? Best(string prefix, int round) =>
        runs.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && this[name, round] is not null)
            .MaxBy(name => this[name, round]!.Median);

    /// <summary>Which of those whose names start with the prefix were the fastest, and in how many rounds.</summary>
    public IEnumerable<(string Name, int Times)> Winners(string prefix) =>
        Enumerable.Range(0, Count).Select(round => Best(prefix, round)).OfType<string>()
            .CountBy(name => name).OrderByDescending(entry => entry.Value).Select(entry => (entry.Key[prefix.Length..], entry.Value));

    /// <summary>The number of threads used by the contenders whose names start with one of the prefixes.</summary>
    /// <exception cref="InvalidOperationException">They used different numbers.</exception>
    public int ThreadsOf(IReadOnlyList<string> prefixes)
    {
        var used = runs.Where(run => prefixes.Any(prefix => run.Key.StartsWith(prefix, StringComparison.Ordinal)))
            .SelectMany(run => run.Value.OfType<Measured>().Select(measured => (run.Key, measured.Threads))).Distinct().ToList();
        return used.Select(run => run.Threads).Distinct().Count() == 1
            ? used[0].Threads
            : throw new InvalidOperationException(
                $"A comparison of different numbers of threads: {string.Join("; ", used.Select(run => $"{run.Key}: {run.Threads}"))}.");
    }

    /// <summary>The medians of each contender.</summary>
    public Table Medians()
    {
        var table = new Table().Border(TableBorder.Ascii).AddColumns("contender", "median", "min", "max", "n", "threads");
        foreach (var (name, measured) in runs.Select(run => (run.Key, run.Value.OfType<Measured>().ToList())))
        {
            if (measured.Count == 0)
            {
                table.AddRow(name, "absent", "", "", "0", "");
                continue;
            }

            // One prediction has four figures with different meanings; everything else has several figures of the same kind.
            var (n, threads) = (Text(measured.Count), Text(measured[0].Threads));
            if (name.Contains("one prediction", StringComparison.Ordinal))
            {
                var medians = measured[0].Figures.Select((_, i) => Statistics.Median(measured.Select(run => run.Figures[i])));
                table.AddRow(name, string.Join(" / ", medians.Select(Text)), "", "", n, threads);
                continue;
            }

            var values = measured.Select(run => run.Median).ToList();
            table.AddRow(name, Text(Statistics.Median(values)), Text(values.Min()), Text(values.Max()), n, threads);
        }

        return table;
    }

    private static string Text(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
