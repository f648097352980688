using Nin.MLNet;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>What is to be predicted, and where to.</summary>
internal sealed record PredictionSettings
{
    /// <summary>File of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Files and folders.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>File to write; null: standard output.</summary>
    public string? Output { get; init; }

    public bool IsJson { get; init; }

    /// <summary>Whether every class's probability is written.</summary>
    public bool HasAll { get; init; }

    /// <summary>Whether each image's mirror image is scored too.</summary>
    public bool MirrorsImages { get; init; }

    /// <summary>The processes that mpirun has started to predict together; null: this one alone.</summary>
    public IReplicaGroup? Ranks { get; init; }

    /// <summary>Whether it is for this process to say what happens and to write what comes of it.</summary>
    public bool IsFirst => Ranks is null or { Rank: 0 };
}
