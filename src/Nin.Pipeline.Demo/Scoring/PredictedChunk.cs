using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>What came of some files that follow one another.</summary>
/// <param name="Rows">A row of the output for each file that could be read, in order.</param>
/// <param name="Unreadable">The other files.</param>
internal sealed record PredictedChunk(IReadOnlyList<string> Rows, IReadOnlyList<ReadFailure> Unreadable);
