using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Output;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>Predictions as one JSON object: a list of predictions, one per line, and the files that could not be read.</summary>
internal sealed class JsonFormat(string model, IReadOnlyList<string> classNames, bool hasAll) : IPredictionFormat
{
    public string RowOf(ScoredImage image)
    {
        var best = Array.IndexOf(image.Score, image.Score.Max());
        var (path, predicted, probability) = (image.Path, classNames[best], image.Score[best]);
        return hasAll
            ? Json.WriteLine(new { path, predicted, probability, scores = Scores(image) })
            : Json.WriteLine(new { path, predicted, probability });
    }

    public void Begin(TextWriter output)
    {
        output.WriteLine("{");
        output.WriteLine($"  \"model\": {Json.WriteLine(model)},");
        output.Write("  \"predictions\": [");
    }

    public void Write(TextWriter output, string row, bool isFirst) =>
        output.Write($"{(isFirst ? "" : ",")}{Environment.NewLine}    {row}");

    public void End(TextWriter output, IReadOnlyList<ReadFailure> failures)
    {
        output.WriteLine();
        output.WriteLine("  ],");
        output.WriteLine($"  \"unreadable\": {Json.WriteLine(failures)}");
        output.WriteLine("}");
    }

    private Dictionary<string, float> Scores(ScoredImage image) =>
        classNames.Zip(image.Score).ToDictionary(pair => pair.First, pair => pair.Second);
}
