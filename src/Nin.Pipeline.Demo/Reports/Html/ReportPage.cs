using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nin.MLNet;
using Nin.Pipeline.Demo.Output;

namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>
/// One self-contained page about a training that opens without a network: charts, tables and mistakes, light or dark as the reader prefers.
/// </summary>
internal static class ReportPage
{
    /// <summary>Names in camel case, as Plotly expects; angle brackets are escaped, so that no name can end the script.</summary>
    private static readonly JsonSerializerOptions Plotly = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    /// <summary>Writes the page.</summary>
    public static void Write(ReportContent content, string path) => WholeFile.WriteText(path, writer => writer.Write(Render(content)));

    /// <summary>Only the charts of a history, as JSON for a page that is already open.</summary>
    public static string Figures(ReportContent content) => JsonSerializer.Serialize(FiguresOf(content), Plotly);

    /// <param name="content">What to show.</param>
    /// <param name="isLive">Whether the page polls for new figures while it is open.</param>
    public static string Render(ReportContent content, bool isLive = false)
    {
        var body = new StringBuilder();
        body.Append(CultureInfo.InvariantCulture, $"<h1>{Html.Escape(content.Title)}</h1>");
        if (isLive)
            body.Append("<p id=\"live\" role=\"status\">The training runs; this page follows it.</p>");
        if (content.Evaluation is { } evaluation)
            body.Append(Headline(evaluation));
        Section("Learning", "<p><button id=\"play\" type=\"button\">Play the epochs</button></p>" + Place("learning"));
        Section("Rate, speed, gradient", $"<div class=\"side\">{Place("rate")}{Place("speed")}{Place("gradient")}</div>");
        if (content.Evaluation is { } tested)
            Section("Confusion", Place("confusion") + Classes(tested));
        if (content.Scored is { } scored && TemperatureEffect.Of(scored) is { } calibration)
            Section("How reliable are the probabilities?", Place("reliability") + Explain(calibration));
        if (content.Mistakes.Count > 0)
            Section(
                "The mistakes it was surest of",
                $"<div class=\"mistakes\">{string.Concat(content.Mistakes.Select(mistake => mistake.ToHtml()))}</div>");
        if (content.Layers is { } layers)
            Section("Layers", Layers(layers));
        if (content.Facts.Count > 0)
            Section("How it was made", Html.Table(["what", "value"], content.Facts.Select(fact => new[] { fact.Name, fact.Value })));
        return $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark"><title>{Html.Escape(content.Title)}</title><link rel="icon" href="data:,">
            <style>{Part("report.css")}</style></head>
            <body data-live="{(isLive ? "yes" : "no")}"><main>{body}</main>
            <script type="application/json" id="figures">{Figures(content)}</script>
            <script>{PlotlyScript.Text}</script><script>{Part("report.js")}</script></body></html>
            """;

        void Section(string title, string inside) =>
            body.Append(CultureInfo.InvariantCulture, $"<section><h2>{Html.Escape(title)}</h2>{inside}</section>");
    }

    private static string Place(string id) => $"<div class=\"chart\" id=\"{id}\"></div>";

    private static List<Figure> FiguresOf(ReportContent content)
    {
        List<Figure> figures =
        [
            TrainingFigures.Learning(content.History, content.HeldOut, content.Published), .. TrainingFigures.Others(content.History),
        ];
        if (content.Evaluation is { } evaluation)
            figures.Add(OutcomeFigures.Confusion(evaluation.Confusion, [.. evaluation.Classes.Select(figure => figure.Name)]));
        if (content.Scored is { } scored && TemperatureEffect.Of(scored) is { } calibration)
            figures.Add(OutcomeFigures.Reliability(calibration.Before, calibration.After));
        return figures;
    }

    private static string Explain(TemperatureEffect found) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        <p>Expected calibration error (15 bins): <b>{found.Before.ExpectedCalibrationError:0.0 %}</b> as trained,
        <b>{found.After.ExpectedCalibrationError:0.0 %}</b> with logits divided by a temperature of {found.Temperature:0.00}. The
        temperature was fitted on every other test image, and both figures are of the rest (Guo et al. 2017).
        <code>Options.CalibrateTemperature</code> fits one on validation images and keeps it in the model.</p>
        """);

    private static string Headline(Evaluation evaluation) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        <p class="headline"><b>{evaluation.Accuracy:0.00 %}</b> of {evaluation.Images:N0} test images right, log-loss
        {evaluation.LogLoss?.ToString("0.000", CultureInfo.InvariantCulture) ?? "without bound"}</p>
        """);

    private static string Classes(Evaluation evaluation) => Html.Table(
        ["class", "#precision", "#recall", "#F1", "#log-loss"],
        evaluation.Classes.Select(figures => new[]
        {
            figures.Name, Percent(figures.Precision), Percent(figures.Recall),
            Percent(2 * figures.Precision * figures.Recall / (figures.Precision + figures.Recall)),
            figures.LogLoss?.ToString("0.000", CultureInfo.InvariantCulture) ?? "-",
        }));

    private static string Layers(NinSummary layers) => Html.Table(
        ["layer", "output", "#parameters", "#multiply-adds"],
        [
            .. layers.Rows.Select(row => new[]
            {
                row.Layer, $"[{string.Join(", ", row.OutputShape)}]", Number(row.Parameters), Number(row.MultiplyAdds),
            }),
            ["total", "", Number(layers.Parameters), Number(layers.MultiplyAdds)],
        ]);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Percent(double? share) =>
        share is { } value && double.IsFinite(value) ? value.ToString("0.0 %", CultureInfo.InvariantCulture) : "-";

    private static string Part(string name)
    {
        using var reader = new StreamReader(typeof(ReportPage).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
