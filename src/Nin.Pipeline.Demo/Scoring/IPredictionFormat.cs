using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>What predictions look like in a file. Any thread may use it.</summary>
internal interface IPredictionFormat
{
    /// <summary>One prediction, without what separates it from others.</summary>
    string RowOf(ScoredImage image);

    /// <summary>Writes what comes before the first row.</summary>
    void Begin(TextWriter output);

    void Write(TextWriter output, string row, bool isFirst);

    /// <summary>Writes what comes after the last row.</summary>
    void End(TextWriter output, IReadOnlyList<ReadFailure> failures);
}
