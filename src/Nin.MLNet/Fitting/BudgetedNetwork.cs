using System.Globalization;
using Nin.MLNet.Hosting;
using Nin.MLNet.Network;
using Nin.MLNet.Training;

namespace Nin.MLNet.Fitting;

/// <summary>
/// The network for a time budget where the user left the choice: a wide one that meets its images a few times only learns less than a
/// narrow one that meets them often (docs/learning.md). So the wide one's speed is measured first.
/// </summary>
internal static class BudgetedNetwork
{
    /// <summary>Width of <see cref="NinArchitecture.Small"/> where the default one is too slow.</summary>
    public const int NarrowWidth = 16;

    /// <summary>Passes over the images from which on the default width learns more in the same time.</summary>
    private const double EnoughPasses = 6;

    private const int TimedLooks = 2;

    /// <summary>
    /// Whether it is ours to choose. A checkpoint is of one network, and ranks must agree: there the default stays.
    /// </summary>
    public static bool IsOpen(NinTrainer.Options options, Replicas replicas) =>
        options is { TimeBudget: not null, InitialModel: null, CheckpointPath: null, HasDefaultArchitecture: true } && !replicas.AreMany;

    /// <summary>The default architecture, or the narrow one where the budget lets the default meet the images too rarely.</summary>
    /// <param name="wide">The default.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="settings">The training's.</param>
    /// <param name="train">The images.</param>
    /// <param name="log">Hears of the choice.</param>
    /// <param name="start">Timestamp of the call to Fit: the budget counts from there.</param>
    public static NinArchitecture Choose(
        NinArchitecture wide, TorchSharp.torch.Device device, TrainingSettings settings, IImageSource train, HostLog log, long start)
    {
        var budget = settings.TimeBudget!.Value;
        using var network = new NinNetwork(wide, device);
        WeightInitialization.Apply(network, settings.Initialization, settings.SeedFor("speed"));
        using var trial = new TrainingRun(settings with { TimeBudget = null }, network, log, start, train, null, [], Replicas.None);
        // The first one also checks the convolutions.
        trial.Learner.LookOnly(number: 0);
        var begin = settings.Clock.GetTimestamp();
        for (var look = 1; look <= TimedLooks; look++)
            trial.Learner.LookOnly(look);
        var secondsPerPass =
            settings.Clock.GetElapsedTime(begin).TotalSeconds / TimedLooks * settings.GradientAccumulation * trial.StepsPerEpoch;
        var passes = (budget - trial.Elapsed).TotalSeconds / secondsPerPass;
        if (passes >= EnoughPasses)
            return wide;
        log.Info(string.Create(
            CultureInfo.InvariantCulture,
            $"Time budget {budget}: the default network would meet each image {Math.Max(0, passes):0.0} times; a narrower one learns " +
            $"more in that time. To fix it: Options.Architecture = (channels, classes) => " +
            $"NinArchitecture.Small(channels, classes, {NarrowWidth})."));
        return NinArchitecture.Small(wide.InputChannels, wide.Classes, NarrowWidth);
    }
}
