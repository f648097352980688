using Microsoft.FSharp.Core;
using Nin.MLNet;
using Nin.Pipeline.Demo.Output;
using Plotly.NET;
using Plotly.NET.CSharp;
using Chart = Plotly.NET.CSharp.Chart;

namespace Nin.Pipeline.Demo.Reports;

/// <summary>The book's Animator, standing still: train loss, train accuracy and test accuracy over the epochs, as one HTML file.</summary>
internal static class TrainingCurves
{
    /// <summary>
    /// Test accuracies that the book's own pages and its readers report for its network after ten epochs, where it did not collapse.
    /// </summary>
    public static readonly (double From, double To) BooksRange = (0.839, 0.871);

    private const int Width = 760, Height = 520;
    private static readonly Color Grid = Color.fromString("#dddddd");
    private static readonly Color Frame = Color.fromString("black");

    /// <summary>Writes the file. Plotly's script lies inside, so that it opens without a network.</summary>
    /// <param name="history">The epochs; test accuracy is their validation accuracy.</param>
    /// <param name="title">Title of the page.</param>
    /// <param name="path">File to write.</param>
    /// <param name="published">Range of published test accuracies to draw beside them; null: none.</param>
    public static void Write(IReadOnlyList<NinEpoch> history, string title, string path, (double From, double To)? published = null)
    {
        var lines = new List<GenericChart>
        {
            Curve(history, "train loss", "#1f77b4", StyleParam.DrawingStyle.Solid, epoch => epoch.TrainLoss),
            Curve(history, "train acc", "#bf00bf", StyleParam.DrawingStyle.Dash, epoch => epoch.TrainAccuracy),
        };
        if (history.Any(epoch => epoch.ValidationAccuracy is not null))
            lines.Add(Curve(
                history, "test acc", "#008000", StyleParam.DrawingStyle.DashDot, epoch => epoch.ValidationAccuracy ?? double.NaN));
        if (published is { } range)
        {
            lines.Add(Level(history, $"published, least", range.From));
            lines.Add(Level(history, $"published, most", range.To));
        }

        var chart = Chart.Combine(lines)
            .WithXAxisStyle<int, int, string>(
                TitleText: "epoch", ShowGrid: true, GridColor: Grid, ShowLine: true, LineColor: Frame, Mirror: StyleParam.Mirror.True)
            .WithYAxisStyle<int, int, string>(
                ShowGrid: true, GridColor: Grid, ShowLine: true, LineColor: Frame, Mirror: StyleParam.Mirror.True)
            .WithSize(Width, Height);
        var page = GenericChart.toEmbeddedHTML(GenericChart.setDisplayOptions(Offline(title), chart));
        WholeFile.WriteText(path, writer => writer.Write(page));
    }

    private static DisplayOptions Offline(string title) => DisplayOptions.init(
        DocumentTitle: FSharpOption<string>.Some(title),
        DocumentCharset: null,
        DocumentDescription: null,
        DocumentFavicon: null,
        AdditionalHeadTags: null,
        ChartDescription: null,
        PlotlyJSReference: FSharpOption<PlotlyJSReference>.Some(PlotlyJSReference.Full));

    private static GenericChart Level(IReadOnlyList<NinEpoch> history, string name, double level) => Chart.Line<int, double, string>(
        [1, Math.Max(2, history.Count)], [level, level],
        Name: name, LineColor: Color.fromString("#888888"), LineDash: StyleParam.DrawingStyle.Dot);

    private static GenericChart Curve(
        IReadOnlyList<NinEpoch> history, string name, string colour, StyleParam.DrawingStyle dash, Func<NinEpoch, double> figure) =>
        Chart.Line<int, double, string>(
            history.Select(epoch => epoch.Epoch),
            history.Select(figure),
            // A single epoch is a point, and a line alone would not show it.
            ShowMarkers: history.Count == 1,
            Name: name,
            LineColor: Color.fromString(colour),
            LineDash: dash);
}
