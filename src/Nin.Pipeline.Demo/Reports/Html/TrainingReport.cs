using System.Globalization;
using Microsoft.ML;
using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Explanations;

namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>Collects what a report shows about a model.</summary>
internal static class TrainingReport
{
    private const int MostMistakes = 24;

    /// <summary>Only the history, as known while the training runs.</summary>
    public static ReportContent Of(string title, IReadOnlyList<NinEpoch> history, (double From, double To)? published) =>
        new() { Title = title, History = history, Published = published };

    /// <summary>A trained model: its history, its layers and how it was made.</summary>
    public static ReportContent Of(
        string title, NinModelParameters model, (double From, double To)? published, IEnumerable<(string, string)> facts)
    {
        var (_, height, width) = model.ImageLayout.Shape;
        return Of(title, model.History, published) with
        {
            Layers = model.Architecture.Summarize(model.ResizeTo ?? height, model.ResizeTo ?? width),
            Facts = [.. facts],
        };
    }

    /// <summary>Adds the results on test images.</summary>
    /// <param name="content">The report so far.</param>
    /// <param name="scored">The test images with the columns Score, Label (key) and what the network read.</param>
    /// <param name="features">Name of the column with what the network read.</param>
    /// <param name="evaluation">ML.NET's metrics for them.</param>
    /// <param name="data">Where they came from; its classes may be in another order than the model's.</param>
    /// <param name="explain">Shows where the network saw the class in each of the given images.</param>
    public static ReportContent With(
        this ReportContent content, IDataView scored, string features, Evaluation evaluation, DataSet data,
        Func<IEnumerable<ImageRow>, IEnumerable<ExplainedImage>> explain)
    {
        var images = ScoredImages.Of(scored, features);
        return content with
        {
            Evaluation = evaluation,
            Scored = images,
            Mistakes = Mistakes.Worst(
                data.TestImages, data.Failures.ToList().Select(failure => failure.Path), images,
                [.. evaluation.Classes.Select(figures => figures.Name)], MostMistakes, explain),
            Facts = [.. content.Facts, ("test data, SHA-256 of pixels and labels", images.Hash)],
        };
    }

    /// <summary>Every option by name, with its value.</summary>
    public static IEnumerable<(string, string)> Options(NinTrainer.Options options) =>
        from property in typeof(NinTrainer.Options).GetProperties().OrderBy(property => property.Name, StringComparer.Ordinal)
        let value = property.GetValue(options)
        where value is null or string or IFormattable or bool
        select ($"Options.{property.Name}", value is null ? "not set" : Convert.ToString(value, CultureInfo.InvariantCulture)!);

    /// <summary>The machine and the software on it.</summary>
    public static IEnumerable<(string, string)> Machine()
    {
        yield return ("machine", Reports.Machine.Describe());
        yield return ("threads", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture));
        yield return ("Nin.MLNet", typeof(NinTrainer).Assembly.GetName().Version!.ToString());
    }
}
