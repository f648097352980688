using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Output;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>Predictions as one JSON object: a list of predictions, one a line, and the files that could not be read.</summary>
internal sealed class JsonPredictions : IPredictionWriter
{
    private readonly TextWriter output;
    private readonly IReadOnlyList<string> classNames;
    private readonly bool hasAll;
    private string separator = "";

    public JsonPredictions(TextWriter output, string model, IReadOnlyList<string> classNames, bool hasAll)
    {
        (this.output, this.classNames, this.hasAll) = (output, classNames, hasAll);
        output.WriteLine("{");
        output.WriteLine($"  \"model\": {Json.WriteLine(model)},");
        output.Write("  \"predictions\": [");
    }

    public void Write(ScoredImage image)
    {
        var best = Array.IndexOf(image.Score, image.Score.Max());
        var (path, predicted, probability) = (image.Path, classNames[best], image.Score[best]);
        var line = hasAll
            ? Json.WriteLine(new { path, predicted, probability, scores = Scores(image) })
            : Json.WriteLine(new { path, predicted, probability });
        output.Write($"{separator}{Environment.NewLine}    {line}");
        separator = ",";
    }

    public void End(IReadOnlyList<ReadFailure> failures)
    {
        output.WriteLine();
        output.WriteLine("  ],");
        output.WriteLine($"  \"unreadable\": {Json.WriteLine(failures)}");
        output.WriteLine("}");
    }

    private Dictionary<string, float> Scores(ScoredImage image) =>
        classNames.Zip(image.Score).ToDictionary(pair => pair.First, pair => pair.Second);
}
