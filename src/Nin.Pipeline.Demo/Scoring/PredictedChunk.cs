using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>The results for a run of consecutive files.</summary>
/// <param name="Rows">One output row for each file that could be read, in order.</param>
/// <param name="Unreadable">The other files.</param>
internal sealed record PredictedChunk(IReadOnlyList<string> Rows, IReadOnlyList<ReadFailure> Unreadable);
