using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Reports;

namespace Nin.Pipeline.Demo.Training;

/// <summary>The result of the main job, for JSON.</summary>
internal sealed record TrainingResult
{
    public required string Recipe { get; init; }

    public required string Data { get; init; }

    public required int TrainImages { get; init; }

    public required int TestImages { get; init; }

    public required IReadOnlyList<string> Classes { get; init; }

    public required long Parameters { get; init; }

    public required string Model { get; init; }

    /// <summary>The zip that takes images instead of paths.</summary>
    public required string ModelForImages { get; init; }

    public required string Report { get; init; }

    /// <summary>Whether Ctrl+C ended it; if that was before the end of the test, there is no test.</summary>
    public required bool IsInterrupted { get; init; }

    public required IReadOnlyList<NinEpoch> Epochs { get; init; }

    public Evaluation? Test { get; init; }

    public required IReadOnlyList<ReadFailure> Unreadable { get; init; }

    public required double Seconds { get; init; }
}
