using System.Globalization;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Fitting;

/// <summary>Rejects options out of their ranges; every message names the option, the value found and the values allowed.</summary>
internal static class OptionsCheck
{
    public static void Check(NinTrainer.Options o)
    {
        Named(o.LabelColumnName, nameof(o.LabelColumnName));
        Named(o.FeatureColumnName, nameof(o.FeatureColumnName));
        if (o.ExampleWeightColumnName is not null)
            Named(o.ExampleWeightColumnName, nameof(o.ExampleWeightColumnName));
        if (o.Architecture is null)
            throw Refusal.Option("Architecture", "Options.Architecture is null: it must make the network, as NinArchitecture.D2L does.");
        if (o.ImageShape is { } shape)
        {
            Within(shape.Channels, 1, 1_024, "ImageShape.Channels");
            Within(shape.Height, 1, 65_536, "ImageShape.Height");
            Within(shape.Width, 1, 65_536, "ImageShape.Width");
        }

        Defined(o.ImageLayout, nameof(o.ImageLayout));
        Defined(o.OnBadRow, nameof(o.OnBadRow));
        if (o.ResizeTo is { } side)
            Within(side, 1, 4_096, nameof(o.ResizeTo));
        Within(o.FrozenBlocks, 0, 1_000, nameof(o.FrozenBlocks));
        Defined(o.Initialization, nameof(o.Initialization));

        Within(o.NumberOfEpochs ?? 1, 1, 100_000, nameof(o.NumberOfEpochs));
        CheckLength(o);
        Within(o.BatchSize ?? 1, 1, 65_536, nameof(o.BatchSize));
        Within(o.GradientAccumulation, 1, 10_000, nameof(o.GradientAccumulation));
        Defined(o.Optimizer, nameof(o.Optimizer));
        Interval(o.LearningRate, 0, 100, nameof(o.LearningRate), openBelow: true);
        Interval(o.Momentum, 0, 1, nameof(o.Momentum), openAbove: true);
        Interval(o.WeightDecay, 0, 1, nameof(o.WeightDecay));
        Defined(o.Schedule, nameof(o.Schedule));
        Defined(o.HorizontalFlip, nameof(o.HorizontalFlip));
        if (o is { SymmetricFilters: true, HorizontalFlip: NinTrainer.Mirroring.Auto })
            throw Refusal.Option(nameof(o.SymmetricFilters),
                "Options.SymmetricFilters is true, but whether mirroring does harm is only found out during training (HorizontalFlip is " +
                "Auto): set Mirroring.On, or leave SymmetricFilters null.");
        Interval(o.WarmUpShare, 0, 1, nameof(o.WarmUpShare), openAbove: true);
        Interval(o.FinalLearningRateShare, 0, 1, nameof(o.FinalLearningRateShare));
        if (o.MaxGradientNorm is { } norm)
            Interval(norm, 0, double.MaxValue, nameof(o.MaxGradientNorm), openBelow: true);
        Defined(o.WeightAveraging, nameof(o.WeightAveraging));
        Interval(o.AveragingDecay, 0, 1, nameof(o.AveragingDecay), openAbove: true);

        Interval(o.LabelSmoothing, 0, 1, nameof(o.LabelSmoothing), openAbove: true);
        Within(o.MaxShiftPixels, 0, 64, nameof(o.MaxShiftPixels));
        Interval(o.MaxRotationDegrees, 0, 180, nameof(o.MaxRotationDegrees));
        Interval(o.MaxScaling, 0, 1, nameof(o.MaxScaling));
        Interval(o.MaxGammaChange ?? 0, 0, 9, nameof(o.MaxGammaChange));
        Interval(o.RandomErasingProbability, 0, 1, nameof(o.RandomErasingProbability));
        Interval(o.CutMixProbability ?? 0, 0, 1, nameof(o.CutMixProbability));

        Interval(o.ValidationSetFraction, 0, 0.5, nameof(o.ValidationSetFraction));
        if (o.Callbacks.Any(callback => callback is null))
            throw Refusal.Option("Callbacks", "Options.Callbacks contains null: remove it.");
        CheckFolder(o.CheckpointPath, isFile: true, nameof(o.CheckpointPath));
        CheckFolder(o.CacheDirectory, isFile: false, nameof(o.CacheDirectory));
        if (o.EarlyStoppingPatience is { } patience)
            Within(patience, 1, int.MaxValue, nameof(o.EarlyStoppingPatience));
        Defined(o.Metric, nameof(o.Metric));
        Defined(o.OnCollapse, nameof(o.OnCollapse));
        Within(o.MaxRecoveries, 0, 100, nameof(o.MaxRecoveries));

        Defined(o.Precision, nameof(o.Precision));
        if (o.Threads is { } threads)
            Within(threads, 1, 1_024, nameof(o.Threads));
        if (o.CacheBudget is < 0)
            throw Outside(nameof(o.CacheBudget), o.CacheBudget.Value, "it must be 0 bytes or more");
    }

    private static void CheckLength(NinTrainer.Options o)
    {
        if (o.NumberOfSteps is { } steps and (< 1 or > 1_000_000_000))
            throw Outside(nameof(o.NumberOfSteps), steps, "it must be a whole number from 1 to 1,000,000,000");
        if (o.TimeBudget is not { } budget)
            return;
        if (budget <= TimeSpan.Zero || budget > TimeSpan.FromDays(365))
            throw Outside(nameof(o.TimeBudget), budget, "it must be above 0 and at most 365 days");
        if (o.NumberOfSteps is not null)
            throw Refusal.Option("TimeBudget",
                "Options.TimeBudget and Options.NumberOfSteps are both given: choose what decides the training's length.");
    }

    /// <summary>Checked before a training of hours, not at its first write.</summary>
    private static void CheckFolder(string? path, bool isFile, string name)
    {
        if (path is null)
            return;
        if (string.IsNullOrWhiteSpace(path))
            throw Refusal.Option(name, $"Options.{name} is empty: it must be null or a path.");
        if (isFile && Directory.Exists(path))
            throw Refusal.Option(name, $"Options.{name} is '{path}', a folder: it must be a file.");
        var folder = isFile ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        if (!Directory.Exists(folder))
            throw Refusal.Option(name, $"Options.{name} is '{path}', but the folder '{folder}' does not exist: create it first.");
    }

    private static void Named(string? column, string name)
    {
        if (string.IsNullOrEmpty(column))
            throw Refusal.Option(name, $"Options.{name} is {(column is null ? "null" : "empty")}: it must name a column.");
    }

    private static void Within(int value, int least, int most, string name)
    {
        if (value < least || value > most)
        {
            throw Outside(name, value, most == int.MaxValue
                ? $"it must be at least {least}"
                : string.Create(CultureInfo.InvariantCulture, $"it must be a whole number from {least} to {most:N0}"));
        }
    }

    private static void Interval(double value, double least, double most, string name, bool openBelow = false, bool openAbove = false)
    {
        // Written so that NaN fails too.
        var inside = (openBelow ? value > least : value >= least) && (openAbove ? value < most : value <= most);
        if (inside)
            return;
        var range = most == double.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"it must be {(openBelow ? "above" : "at least")} {least}")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"it must lie in {(openBelow ? '(' : '[')}{least}, {most}{(openAbove ? ')' : ']')}");
        throw Outside(name, value, range);
    }

    private static void Defined<T>(T value, string name)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            throw Outside(name, value, $"it must be one of {string.Join(", ", Enum.GetNames<T>())}");
    }

    private static Exception Outside<T>(string name, T value, string allowed) =>
        Refusal.Option(name, string.Create(CultureInfo.InvariantCulture, $"Options.{name} is {value}: {allowed}."));
}
