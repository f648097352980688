using System.Globalization;
using Nin.MLNet.Network;

namespace Nin.MLNet.Training;

/// <summary>What a training is to do: the user's options, and what the data and the host decided. Never modified.</summary>
internal sealed record TrainingSettings
{
    /// <summary>Mean and standard deviation of each channel.</summary>
    public required Normalization Normalization { get; init; }

    /// <summary>Source of all randomness.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Number of this rank among those that train together; 0 if it trains alone.</summary>
    public int Rank { get; init; }

    /// <summary>Hash of everything that is learnt from: images, labels, weights, class names, the initial model.</summary>
    public string ContentHash { get; init; } = "";

    /// <summary>Weight of each class in the loss; null: all 1.</summary>
    public float[]? ClassWeights { get; init; }

    /// <summary>Share of each class in the weighted training data: what a network that ignores the images can know.</summary>
    public required double[] ClassShares { get; init; }

    /// <summary>Whether the network holds weights to start from.</summary>
    public bool StartsFromModel { get; init; }

    public NinTrainer.Initialization Initialization { get; init; }

    /// <summary>Whether the network is kept symmetric.</summary>
    public bool IsSymmetric { get; init; }

    /// <summary>Whether the training itself decides if images are mirrored.</summary>
    public bool ChoosesMirroring { get; init; }

    public int NumberOfEpochs { get; init; } = 1;

    public long? NumberOfSteps { get; init; }

    public TimeSpan? TimeBudget { get; init; }

    public int BatchSize { get; init; } = 128;

    public int GradientAccumulation { get; init; } = 1;

    public NinTrainer.Optimizer Optimizer { get; init; }

    public double LearningRate { get; init; }

    public double Momentum { get; init; }

    public bool Nesterov { get; init; }

    public double WeightDecay { get; init; }

    public NinTrainer.Schedule Schedule { get; init; }

    public double WarmUpShare { get; init; }

    public double FinalLearningRateShare { get; init; }

    public double? MaxGradientNorm { get; init; }

    public double LabelSmoothing { get; init; }

    public double CutMixProbability { get; init; }

    /// <summary>Whether the training itself decides if images are mixed.</summary>
    public bool ChoosesMixing { get; init; }

    public NinTrainer.WeightAveraging WeightAveraging { get; init; }

    public double AveragingDecay { get; init; }

    public bool CalibrateTemperature { get; init; }

    public int? EarlyStoppingPatience { get; init; }

    public NinTrainer.Metric Metric { get; init; }

    public bool RestoreBestWeights { get; init; }

    public NinTrainer.CollapseAction OnCollapse { get; init; }

    public int MaxRecoveries { get; init; }

    public string? CheckpointPath { get; init; }

    /// <summary>Every option that changes what is learnt, by name; a checkpoint must agree with them.</summary>
    public IReadOnlyDictionary<string, string> Identity { get; init; } = new Dictionary<string, string>();

    /// <summary>The same for default options: what a checkpoint that is older than an option implies.</summary>
    public IReadOnlyDictionary<string, string> DefaultIdentity { get; init; } = new Dictionary<string, string>();

    public NinTrainer.Precision Precision { get; init; }

    public int? ResizeTo { get; init; }

    /// <summary>Threads of the arithmetic; null: as many as the machine offers.</summary>
    public int? Threads { get; init; }

    /// <summary>As <see cref="SeedFor"/>, but different on each rank: for what happens to its own images.</summary>
    public ulong OwnSeedFor(string purpose, long epoch = 0, int attempt = 0) =>
        SeedFor(Rank == 0 ? purpose : string.Create(CultureInfo.InvariantCulture, $"{purpose} of rank {Rank}"), epoch, attempt);

    /// <summary>A separate seed for each purpose, so that no two draws share a sequence and a single epoch can be repeated.</summary>
    public ulong SeedFor(string purpose, long epoch = 0, int attempt = 0)
    {
        // FNV-1a over the parts, then a finaliser that spreads them; string.GetHashCode would differ from run to run.
        var hash = 14695981039346656037UL;
        foreach (var part in purpose.Select(letter => (ulong)letter).Concat([Seed, (ulong)epoch, (ulong)attempt]))
            hash = (hash ^ part) * 1099511628211UL;
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdUL;
        // Non-negative as a long, for generators that take a long.
        return (hash ^ (hash >> 33)) >> 1;
    }
}
