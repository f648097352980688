using Nin.MLNet;

namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>Figures about the history of a training.</summary>
internal static class TrainingFigures
{
    /// <summary>
    /// Test accuracies reported by the book's own pages and its readers for its network after ten epochs, when it did not collapse.
    /// </summary>
    public static readonly (double From, double To) BooksRange = (0.839, 0.871);

    private const string LossColour = "#3b7dd8", TrainColour = "#c2569b", HeldOutColour = "#2e9e5b", OtherColour = "#c9822b";

    /// <summary>The book's Animator: train loss on the left axis, both accuracies on the right, played epoch by epoch.</summary>
    /// <param name="history">The epochs.</param>
    /// <param name="heldOut">Name of the images that gave their validation accuracy: "test" or "validation".</param>
    /// <param name="published">Range of published test accuracies to draw beside them; null: none.</param>
    public static Figure Learning(IReadOnlyList<NinEpoch> history, string heldOut, (double From, double To)? published)
    {
        var traces = new List<object>
        {
            Line(history, "train loss", epoch => epoch.TrainLoss, LossColour, "y"),
            Line(history, "train accuracy", epoch => epoch.TrainAccuracy, TrainColour, "y2", "dash"),
        };
        if (history.Any(epoch => epoch.ValidationAccuracy is not null))
            traces.Add(Line(history, $"{heldOut} accuracy", epoch => epoch.ValidationAccuracy, HeldOutColour, "y2", "dashdot"));
        if (published is { } range)
            traces.AddRange([Level(history, "published, least", range.From), Level(history, "published, most", range.To)]);
        var most = history.Count == 0 ? 1 : history.Max(epoch => double.IsFinite(epoch.TrainLoss) ? epoch.TrainLoss : 0);
        return new Figure(
            "learning", traces,
            new
            {
                xaxis = new
                {
                    title = new { text = "epoch" },
                    range = new[] { 0.5, Math.Max(2, history.Count) + 0.5 },
                    dtick = Tick(history),
                },
                yaxis = new { title = new { text = "loss (cross-entropy, nats)" }, range = new[] { 0, 1.05 * Math.Max(most, 0.1) } },
                yaxis2 = new
                {
                    title = new { text = "accuracy" },
                    overlaying = "y",
                    side = "right",
                    range = new[] { 0, 1.02 },
                    tickformat = ".0%",
                },
            },
            history.Count);
    }

    /// <summary>One quantity over the epochs, in its own chart.</summary>
    public static IReadOnlyList<Figure> Others(IReadOnlyList<NinEpoch> history) =>
    [
        Single("rate", history, "learning rate", epoch => epoch.LearningRate),
        Single("speed", history, "images per second", epoch => epoch.ImagesPerSecond),
        Single("gradient", history, "gradient norm", epoch => epoch.GradientNorm),
    ];

    private static Figure Single(string id, IReadOnlyList<NinEpoch> history, string name, Func<NinEpoch, double?> figure) => new(
        id, [Line(history, name, figure, OtherColour, "y")],
        new
        {
            height = 260,
            showlegend = false,
            xaxis = new { title = new { text = "epoch" }, dtick = Tick(history) },
            yaxis = new { title = new { text = name }, rangemode = "tozero" },
        });

    private static object Line(
        IReadOnlyList<NinEpoch> history, string name, Func<NinEpoch, double?> figure, string colour, string axis, string dash = "solid") =>
        new
        {
            type = "scatter",
            mode = "lines+markers",
            name,
            x = history.Select(epoch => epoch.Epoch),
            y = history.Select(epoch => figure(epoch) is { } value && double.IsFinite(value) ? value : (double?)null),
            yaxis = axis,
            line = new { color = colour, dash },
            marker = new { size = 6 },
        };

    private static object Level(IReadOnlyList<NinEpoch> history, string name, double level) => new
    {
        type = "scatter",
        mode = "lines",
        name,
        x = new[] { 0.5, Math.Max(2, history.Count) + 0.5 },
        y = new[] { level, level },
        yaxis = "y2",
        line = new { color = "#888888", dash = "dot", width = 1 },
    };

    private static int Tick(IReadOnlyList<NinEpoch> history) => Math.Max(1, (int)Math.Ceiling(history.Count / 10.0));
}
