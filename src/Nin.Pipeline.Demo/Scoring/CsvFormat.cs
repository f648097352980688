using System.Globalization;
using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>Predictions as CSV: path, predicted class, its probability and, on request, the probability of every class.</summary>
internal sealed class CsvFormat(IReadOnlyList<string> classNames, bool hasAll) : IPredictionFormat
{
    public string RowOf(ScoredImage image)
    {
        var best = Array.IndexOf(image.Score, image.Score.Max());
        return Line([image.Path, classNames[best], Number(image.Score[best]), .. hasAll ? image.Score.Select(Number) : []]);
    }

    public void Begin(TextWriter output) => output.WriteLine(Line(["path", "predicted", "probability", .. hasAll ? classNames : []]));

    public void Write(TextWriter output, string row, bool isFirst) => output.WriteLine(row);

    // Reported separately from the table.
    public void End(TextWriter output, IReadOnlyList<ReadFailure> failures)
    {
    }

    private static string Number(float probability) => probability.ToString("0.000000", CultureInfo.InvariantCulture);

    private static string Line(IEnumerable<string> fields) => string.Join(',', fields.Select(DelimitedText.Quote));
}
