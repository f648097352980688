using System.Text.Json.Serialization;

namespace Nin.MLNet.Training.Callbacks;

/// <summary>What a checkpoint says about its training.</summary>
internal sealed record CheckpointHeader
{
    public required CheckpointState State { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>What must match for a resumed training to be the same training.</summary>
    public required SortedDictionary<string, string> Identity { get; init; }

    /// <summary>Processes that trained together.</summary>
    public required int Ranks { get; init; }

    /// <summary>Optimiser steps per epoch.</summary>
    public required long StepsPerEpoch { get; init; }

    public required StepPlan Plan { get; init; }

    public required long BatchNormUpdates { get; init; }

    public required long OptimizerSteps { get; init; }

    /// <summary>Seconds spent in Fit so far.</summary>
    public required double Seconds { get; init; }

    public required IReadOnlyList<NinEpoch> History { get; init; }
}

/// <summary>JSON serialisation of the header, generated at compile time.</summary>
[JsonSourceGenerationOptions(
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, UseStringEnumConverter = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(CheckpointHeader))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
