namespace Nin.MLNet.Stress.Crash;

/// <summary>Trainings to kill before they end.</summary>
internal static class CrashVariants
{
    public const string TimeBudget = "time budget";

    /// <summary>How long the training with a time budget takes.</summary>
    public static readonly TimeSpan Budget = TimeSpan.FromSeconds(8);

    private static readonly Dictionary<string, Action<NinTrainer.Options>> Known = new()
    {
        ["float32"] = _ => { },
        ["accumulation"] = options => (options.GradientAccumulation, options.Optimizer) = (3, NinTrainer.Optimizer.AdamW),
        ["ema"] = options => options.WeightAveraging = NinTrainer.WeightAveraging.Ema,
        ["lookahead"] = options => options.WeightAveraging = NinTrainer.WeightAveraging.Lookahead,
        // All images are soon classified correctly, and equal accuracy is no improvement, so it stops before its last epoch.
        ["early stopping"] = options =>
            (options.EarlyStoppingPatience, options.Metric, options.NumberOfEpochs) = (4, NinTrainer.Metric.ValidationAccuracy, 40),
        ["bfloat16"] = options => options.Precision = NinTrainer.Precision.BFloat16,
        [TimeBudget] = options => (options.TimeBudget, options.NumberOfEpochs) = (Budget, 1),
    };

    public static IReadOnlyList<string> Names => [.. Known.Keys];

    public static NinTrainer.Options Of(string name)
    {
        var options = new NinTrainer.Options
        {
            Architecture = (channels, classes) => new NinArchitecture(channels,
            [
                new NinBlock([16, 16], 3, 1, 1) { Pooling = new NinPooling(NinPoolingKind.Max, 3, 2, 1), Dropout = 0.2 },
                new NinBlock([32, classes], 3, 1, 1),
            ])
            { BatchNorm = true, LastReLU = false },
            NumberOfEpochs = 12,
            BatchSize = 32,
            ValidationSetFraction = 0.2,
            LearningRate = 0.05,
            MaxShiftPixels = 1,
            Precision = NinTrainer.Precision.Float32,
            Seed = 7,
        };
        Known[name](options);
        return options;
    }
}
