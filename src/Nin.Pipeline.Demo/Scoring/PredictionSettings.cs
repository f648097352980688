using Nin.MLNet;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>What to predict, and where to write it.</summary>
internal sealed record PredictionSettings
{
    /// <summary>File of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Files and folders.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>File to write; null: standard output.</summary>
    public string? Output { get; init; }

    public bool IsJson { get; init; }

    /// <summary>Whether to write every class's probability.</summary>
    public bool HasAll { get; init; }

    /// <summary>Whether to score each image's mirror image too.</summary>
    public bool MirrorsImages { get; init; }

    /// <summary>The processes that mpirun started to predict together; null: only this one.</summary>
    public IReplicaGroup? Ranks { get; init; }

    /// <summary>Whether this process reports progress and writes the results.</summary>
    public bool IsFirst => Ranks is null or { Rank: 0 };
}
