using Nin.MLNet;

namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>Figures about the test images.</summary>
internal static class OutcomeFigures
{
    private static readonly int[] Ends = [0, 1];

    // Leave room for the points at 100 %.
    private static readonly double[] Shares = [0, 1.02];

    /// <summary>Rows are the true classes, columns the predictions. The colour is the share of the row, the number is the count.</summary>
    public static Figure Confusion(IReadOnlyList<IReadOnlyList<double>> counts, IReadOnlyList<string> classNames)
    {
        var shares = counts.Select(row => row.Select(count => row.Sum() > 0 ? count / row.Sum() : 0)).ToList();
        // Place classes by number: two may have the same name, and Plotly would merge them.
        var numbers = Enumerable.Range(0, classNames.Count);
        var names = classNames.Select(Plain);
        return new Figure(
            "confusion",
            [
                new
                {
                    type = "heatmap",
                    x = numbers,
                    y = numbers,
                    z = shares,
                    customdata = counts,
                    text = counts.Select(row => row.Select(count => count > 0 ? $"{count:0}" : "")),
                    texttemplate = classNames.Count <= 20 ? "%{text}" : null,
                    hovertemplate = "truth %{y}, taken for %{x}: %{customdata} images (%{z:.1%})<extra></extra>",
                    colorscale = "Blues",
                    reversescale = false,
                    zmin = 0,
                    zmax = 1,
                    showscale = false,
                },
            ],
            new
            {
                height = Math.Clamp(240 + (34 * classNames.Count), 420, 1_200),
                showlegend = false,
                xaxis = new
                {
                    title = new { text = "taken for" },
                    tickvals = numbers,
                    ticktext = names,
                    tickangle = -40,
                    automargin = true,
                },
                yaxis = new
                {
                    title = new { text = "truth" },
                    tickvals = numbers,
                    ticktext = names,
                    autorange = "reversed",
                    automargin = true,
                },
            });
    }

    /// <summary>
    /// Accuracy against confidence, as trained and at the fitted temperature. On the diagonal, confidence equals accuracy.
    /// </summary>
    public static Figure Reliability(NinCalibrationMetrics before, NinCalibrationMetrics after) => new(
        "reliability",
        [
            new
            {
                type = "scatter",
                mode = "lines",
                name = "as it should be",
                x = Ends,
                y = Ends,
                line = new { dash = "dot", color = "#888888" },
            },
            Curve("as trained", before, "#3b7dd8"),
            Curve("at the fitted temperature", after, "#2e9e5b"),
        ],
        new
        {
            xaxis = new { title = new { text = "probability of the class it was taken for" }, range = Ends, tickformat = ".0%" },
            yaxis = new { title = new { text = "share that is right" }, range = Shares, tickformat = ".0%" },
        });

    private static object Curve(string name, NinCalibrationMetrics calibration, string colour) => new
    {
        type = "scatter",
        mode = "lines+markers",
        name,
        x = calibration.Bins.Where(bin => bin.Count > 0).Select(bin => bin.Confidence),
        y = calibration.Bins.Where(bin => bin.Count > 0).Select(bin => bin.Accuracy),
        customdata = calibration.Bins.Where(bin => bin.Count > 0).Select(bin => bin.Count),
        hovertemplate = "%{customdata} images: %{y:.1%} right at %{x:.1%}<extra></extra>",
        line = new { color = colour },
    };

    /// <summary>Text that Plotly shows unchanged: Plotly interprets some tags, and only entities of three characters.</summary>
    private static string Plain(string name) => name
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal);
}
