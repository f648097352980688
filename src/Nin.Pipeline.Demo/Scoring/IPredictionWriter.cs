using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>Writes predictions as they come.</summary>
internal interface IPredictionWriter
{
    void Write(ScoredImage image);

    /// <summary>Called once, after the last.</summary>
    void End(IReadOnlyList<ReadFailure> failures);
}
