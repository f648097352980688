using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Plotly.NET;
using Plotly.NET.CSharp;
using Plotly.NET.LayoutObjects;
using Chart = Plotly.NET.CSharp.Chart;

namespace Nin.MLNet.Benchmarks.Learning;

/// <summary>
/// plot: test accuracy against minutes, one line per machine, from the table of all training runs in docs/learning.md. A row counts if it
/// is the first of its machine and number of minutes: the newest runs stand first.
/// </summary>
internal static partial class LearningCurve
{
    private const string Header = "| machine | commit | minutes |";

    public static Command Create()
    {
        var source = new Option<string>("--table")
        {
            Description = "The page with the table of all training runs.",
            DefaultValueFactory = _ => "docs/learning.md",
        };
        var output = new Option<string>("--out") { Description = "Page for the plot.", DefaultValueFactory = _ => "learning-curve.html" };
        var plot = new Command("plot", "Test accuracy against minutes on each machine, from the documentation's table.") { source, output };
        plot.SetAction(parsed =>
        {
            var points = Points(File.ReadLines(parsed.GetValue(source)!)).ToList();
            foreach (var point in points)
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{point.Who,-18} {point.Minutes,5} {point.Accuracy:F2} %  n = {point.Runs}"));
            PlotPage.Write(parsed.GetValue(output)!, "Accuracy against minutes", Draw(points));
        });
        return plot;
    }

    private static IEnumerable<Point> Points(IEnumerable<string> lines)
    {
        var rows = lines.SkipWhile(line => !line.StartsWith(Header, StringComparison.Ordinal)).Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries));
        foreach (var runs in rows.GroupBy(row => (Who: Machine().Match(row[1]).Value, Minutes: row[3])))
        {
            var accuracies = Number().Matches(runs.First()[6]).Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture));
            yield return new Point(
                runs.Key.Who, double.Parse(runs.Key.Minutes, CultureInfo.InvariantCulture), accuracies.Average(), accuracies.Count());
        }
    }

    private static GenericChart Draw(IReadOnlyList<Point> points)
    {
        var (ticks, axis) = (points.Select(point => point.Minutes).Distinct().ToArray(), new LinearAxis());
        axis.SetProperty("tickvals", ticks);
        axis.SetProperty("ticktext", ticks);
        var lines = points.GroupBy(point => point.Who).Select(line =>
        {
            var (ofOne, minutes) = (line.OrderBy(point => point.Minutes).ToList(), line.Select(point => point.Minutes).Order());
            return Chart.Line<double, double, string>(
                minutes, ofOne.Select(point => point.Accuracy), ShowMarkers: true, Name: line.Key);
        });
        return Plotly.NET.Chart.withXAxis(axis, null).Invoke(Chart.Combine(lines))
            .WithXAxisStyle<double, double, string>(TitleText: "minutes of training, loading included", AxisType: StyleParam.AxisType.Log)
            .WithYAxisStyle<double, double, string>(TitleText: "test accuracy, %")
            .WithSize(900, 520);
    }

    /// <summary>What stands before the first comma.</summary>
    [GeneratedRegex("^[^,]+")]
    private static partial Regex Machine();

    [GeneratedRegex("[0-9.]+")]
    private static partial Regex Number();

    private sealed record Point(string Who, double Minutes, double Accuracy, int Runs);
}
