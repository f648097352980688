using System.Globalization;
using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>Predictions as CSV: path, predicted class, its probability, and the probability of every class if asked for.</summary>
internal sealed class CsvPredictions : IPredictionWriter
{
    private readonly TextWriter output;
    private readonly IReadOnlyList<string> classNames;
    private readonly bool hasAll;

    public CsvPredictions(TextWriter output, IReadOnlyList<string> classNames, bool hasAll)
    {
        (this.output, this.classNames, this.hasAll) = (output, classNames, hasAll);
        WriteLine(["path", "predicted", "probability", .. hasAll ? classNames : []]);
    }

    public void Write(ScoredImage image)
    {
        var best = Array.IndexOf(image.Score, image.Score.Max());
        WriteLine([image.Path, classNames[best], Number(image.Score[best]), .. hasAll ? image.Score.Select(Number) : []]);
    }

    // Told of beside the table.
    public void End(IReadOnlyList<ReadFailure> failures)
    {
    }

    private static string Number(float probability) => probability.ToString("0.000000", CultureInfo.InvariantCulture);

    private void WriteLine(IEnumerable<string> fields) => output.WriteLine(string.Join(',', fields.Select(DelimitedText.Quote)));
}
