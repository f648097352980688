using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>How predictions are written to a file. Thread-safe.</summary>
internal interface IPredictionFormat
{
    /// <summary>Formats one prediction, without the separator between predictions.</summary>
    string RowOf(ScoredImage image);

    /// <summary>Writes what comes before the first row.</summary>
    void Begin(TextWriter output);

    void Write(TextWriter output, string row, bool isFirst);

    /// <summary>Writes what comes after the last row.</summary>
    void End(TextWriter output, IReadOnlyList<ReadFailure> failures);
}
