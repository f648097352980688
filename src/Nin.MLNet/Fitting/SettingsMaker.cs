using System.Globalization;
using Nin.MLNet.Data;
using Nin.MLNet.Hosting;
using Nin.MLNet.Training;

namespace Nin.MLNet.Fitting;

/// <summary>Makes a training's settings from the user's options and what the data decided.</summary>
internal static class SettingsMaker
{
    /// <summary>
    /// Options that only say where and how a training runs, or that have an entry of their own in a checkpoint's identity.
    /// </summary>
    private static readonly string[] Elsewhere =
    [
        nameof(NinTrainer.Options.LabelColumnName), nameof(NinTrainer.Options.FeatureColumnName),
        nameof(NinTrainer.Options.ExampleWeightColumnName),
        nameof(NinTrainer.Options.ImageLayout), nameof(NinTrainer.Options.OnBadRow),
        nameof(NinTrainer.Options.CheckpointPath), nameof(NinTrainer.Options.CacheBudget), nameof(NinTrainer.Options.CacheDirectory),
        nameof(NinTrainer.Options.Threads), nameof(NinTrainer.Options.Device),
        nameof(NinTrainer.Options.Seed), nameof(NinTrainer.Options.OnCollapse), nameof(NinTrainer.Options.MaxRecoveries),
        nameof(NinTrainer.Options.CalibrateTemperature), nameof(NinTrainer.Options.SymmetricFilters),
    ];

    public static TrainingSettings Make(NinTrainer.Options options, ExampleSet examples, int classes, ulong seed, Replicas replicas)
    {
        var weights = ClassBalance.WeightsFor(options.ClassWeights, examples.Classes, examples.Weights, classes, replicas);
        var shares = ClassBalance.Shares(examples.Classes, examples.Weights, weights, classes, replicas);
        // All ranks have the same shares.
        if (shares.All(share => share == 0))
            throw Replicas.Shared(Refusal.Option(
                nameof(options.ClassWeights),
                "Options.ClassWeights has a weight of 0 for every class that has training images, so there is nothing to learn: give at " +
                "least one of these classes a weight above 0."));
        var images = (long)replicas.Sum(examples.Classes.Count);
        var batchSize = options.BatchSize ?? BatchSizeFor(options, images, replicas.Count);
        return new TrainingSettings
        {
            Normalization = options.InitialModel?.Normalization ?? examples.Normalization,
            Seed = seed,
            Clock = options.Clock,
            Rank = replicas.Rank,
            ClassWeights = weights,
            ClassShares = shares,
            StartsFromModel = options.InitialModel is not null,
            Initialization = options.Initialization,
            NumberOfEpochs = options.NumberOfEpochs
                ?? DefaultsBySize.EpochsFor(images, (long)batchSize * options.GradientAccumulation * replicas.Count),
            NumberOfSteps = options.NumberOfSteps,
            TimeBudget = options.TimeBudget,
            BatchSize = batchSize,
            GradientAccumulation = options.GradientAccumulation,
            Optimizer = options.Optimizer,
            LearningRate = options.LearningRate * (options.ScaleLearningRate ? replicas.Count : 1),
            Momentum = options.Momentum,
            Nesterov = options.Nesterov,
            WeightDecay = options.WeightDecay,
            Schedule = options.Schedule,
            WarmUpShare = options.WarmUpShare,
            FinalLearningRateShare = options.FinalLearningRateShare,
            ChoosesMirroring = options.HorizontalFlip == NinTrainer.Mirroring.Auto,
            MaxGradientNorm = options.MaxGradientNorm,
            LabelSmoothing = options.LabelSmoothing,
            CutMixProbability = options.CutMixProbability
                ?? DefaultsBySize.CutMixFor(examples.Shape.Channels, options.HorizontalFlip),
            ChoosesMixing = options.CutMixProbability is null,
            WeightAveraging = options.WeightAveraging,
            AveragingDecay = options.AveragingDecay,
            EarlyStoppingPatience = options.EarlyStoppingPatience,
            Metric = options.Metric,
            RestoreBestWeights = options.RestoreBestWeights,
            CalibrateTemperature = options.CalibrateTemperature,
            OnCollapse = options.OnCollapse,
            MaxRecoveries = options.MaxRecoveries,
            CheckpointPath = options.CheckpointPath,
            Identity = IdentityOf(options),
            DefaultIdentity = IdentityOf(new NinTrainer.Options()),
            Precision = options.Precision,
            ResizeTo = options.ResizeTo,
            Threads = options.Threads,
        };
    }

    /// <summary>
    /// By the number of images, and by how often they are seen if the user said so. How often a time budget allows is not known yet.
    /// </summary>
    private static int BatchSizeFor(NinTrainer.Options options, long images, int ranks)
    {
        var size = DefaultsBySize.BatchSizeFor(images);
        if (options is { NumberOfEpochs: { } epochs, NumberOfSteps: null, TimeBudget: null })
            size = DefaultsBySize.InShortTraining(size, (double)images * epochs);
        return DefaultsBySize.OfEachRank(size, ranks);
    }

    /// <summary>Every option that changes what is learnt, by name.</summary>
    public static Dictionary<string, string> IdentityOf(NinTrainer.Options options)
    {
        var identity = new Dictionary<string, string>
        {
            ["Options.ClassWeights"] = options.ClassWeights?.ToString() ?? "null",
            ["Options.SymmetricFilters"] = $"{options.SymmetricFilters == true}",
        };
        foreach (var property in typeof(NinTrainer.Options).GetProperties().Where(property => !Elsewhere.Contains(property.Name)))
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (type.IsPrimitive || type.IsEnum || type == typeof(TimeSpan))
                identity[$"Options.{property.Name}"] = Convert.ToString(property.GetValue(options), CultureInfo.InvariantCulture) ?? "null";
        }

        return identity;
    }
}
