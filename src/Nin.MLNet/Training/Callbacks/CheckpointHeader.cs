using System.Text.Json.Serialization;

namespace Nin.MLNet.Training.Callbacks;

/// <summary>What a checkpoint says of its training.</summary>
internal sealed record CheckpointHeader
{
    public required CheckpointState State { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>What must agree for the rest of a training to be the same training.</summary>
    public required SortedDictionary<string, string> Identity { get; init; }

    /// <summary>Processes that trained together.</summary>
    public required int Ranks { get; init; }

    /// <summary>Steps of the optimiser in an epoch.</summary>
    public required long StepsPerEpoch { get; init; }

    public required StepPlan Plan { get; init; }

    public required long BatchNormUpdates { get; init; }

    public required long OptimizerSteps { get; init; }

    /// <summary>Seconds of Fit so far.</summary>
    public required double Seconds { get; init; }

    public required IReadOnlyList<NinEpoch> History { get; init; }
}

/// <summary>JSON of the header, made at compile time.</summary>
[JsonSourceGenerationOptions(
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, UseStringEnumConverter = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(CheckpointHeader))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
