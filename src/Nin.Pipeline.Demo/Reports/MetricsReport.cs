using System.Globalization;
using Microsoft.ML.Data;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Reports;

/// <summary>ML.NET's multiclass metrics with the class names.</summary>
internal static class MetricsReport
{
    /// <summary>Largest number of classes for which a confusion table fits on a screen.</summary>
    private const int MostConfused = 30;

    public static void Print(IAnsiConsole console, MulticlassClassificationMetrics metrics, IReadOnlyList<string> classNames, long images)
    {
        var table = Columns(Tables.Create(), ("metric", false), ("value", true));
        table.AddRow("micro accuracy", Percent(metrics.MicroAccuracy));
        table.AddRow("macro accuracy", Percent(metrics.MacroAccuracy));
        for (var k = 0; k < metrics.TopKAccuracyForAllK.Count; k++)
            table.AddRow($"top-{k + 1} accuracy", Percent(metrics.TopKAccuracyForAllK[k]));
        table.AddRow("log-loss", Decimal(metrics.LogLoss));
        table.AddRow("log-loss reduction", Decimal(metrics.LogLossReduction));
        console.Write(string.Create(CultureInfo.InvariantCulture, $"On {images:N0} test images"), table);

        var confusion = metrics.ConfusionMatrix;
        var classes = Columns(Tables.Create(), ("class", false), ("log-loss", true), ("precision", true), ("recall", true));
        for (var i = 0; i < classNames.Count; i++)
        {
            classes.AddRow(
                classNames[i].EscapeMarkup(),
                Decimal(metrics.PerClassLogLoss[i]),
                Percent(confusion.PerClassPrecision[i]),
                Percent(confusion.PerClassRecall[i]));
        }

        console.Write("Each class", classes);
        if (classNames.Count <= MostConfused)
            PrintConfusion(console, confusion, classNames);
    }

    private static void PrintConfusion(IAnsiConsole console, ConfusionMatrix confusion, IReadOnlyList<string> classNames)
    {
        var longest = classNames.Max(name => name.Length);
        // Narrow terminals would break the headings inside a word. They are cut there instead; the rows still have the full names.
        var room = Math.Max(4, ((console.Profile.Width - longest - 16) / classNames.Count) - 1);
        var table = Tables.Create();
        table.AddColumn(new TableColumn("").NoWrap().Padding(0, 0));
        foreach (var name in classNames)
            table.AddColumn(new TableColumn(Shorten(name, room).EscapeMarkup()).RightAligned().NoWrap().Padding(1, 0));
        for (var truth = 0; truth < classNames.Count; truth++)
        {
            var cells = confusion.Counts[truth].Select((count, predicted) => Cell(count, predicted == truth));
            table.AddRow([classNames[truth].EscapeMarkup(), .. cells]);
        }

        console.Write("Confusion table: rows are the truth, columns the prediction", table);
    }

    private static string Cell(double count, bool right) => (count, right) switch
    {
        (0, _) => "[grey]·[/]",
        (_, true) => $"[green]{count:N0}[/]",
        _ => $"{count:N0}",
    };

    private static string Shorten(string name, int room) => name.Length <= room ? name : name[..(room - 1)] + "…";

    private static Table Columns(Table table, params (string Name, bool IsNumber)[] columns)
    {
        foreach (var (name, isNumber) in columns)
        {
            var column = new TableColumn(name).NoWrap();
            table.AddColumn(isNumber ? column.RightAligned() : column);
        }

        return table;
    }

    private static string Percent(double value) => value.ToString("0.00 %", CultureInfo.InvariantCulture);

    private static string Decimal(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
