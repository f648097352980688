using System.Globalization;
using Nin.MLNet.Hosting;
using Nin.MLNet.Network;
using Nin.MLNet.Training;

namespace Nin.MLNet.Fitting;

/// <summary>
/// The network for a time budget if the user did not choose one. A wide network that sees its images only a few times learns less than a
/// narrow one that sees them often (docs/learning.md), so the wide one's speed is measured first.
/// </summary>
internal static class BudgetedNetwork
{
    /// <summary>Width of <see cref="NinArchitecture.Small"/> if the default one is too slow.</summary>
    public const int NarrowWidth = 16;

    /// <summary>Passes over the images from which on the default width learns more in the same time.</summary>
    private const double EnoughPasses = 3;

    private const int FewestLooks = 2;

    /// <summary>
    /// Largest share of the budget that timing may take. The fastest look counts: the first ones can take twice as long as later ones,
    /// because .NET compiles our arithmetic anew once it has run for a while.
    /// </summary>
    private const double TrialShare = 0.01;

    /// <summary>
    /// Whether the network may be chosen here. A checkpoint belongs to one network, and ranks must agree: in both cases the default stays.
    /// </summary>
    public static bool IsOpen(NinTrainer.Options options, Replicas replicas) =>
        options is { TimeBudget: not null, InitialModel: null, CheckpointPath: null, HasDefaultArchitecture: true } && !replicas.AreMany;

    /// <summary>The default architecture, or the narrow one if within the budget the default would see the images too rarely.</summary>
    /// <param name="wide">The default.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="settings">The training's.</param>
    /// <param name="train">The images.</param>
    /// <param name="log">Receives the choice.</param>
    /// <param name="start">Timestamp of the call to Fit: the budget counts from there.</param>
    public static NinArchitecture Choose(
        NinArchitecture wide, TorchSharp.torch.Device device, TrainingSettings settings, IImageSource train, HostLog log, long start)
    {
        var budget = settings.TimeBudget!.Value;
        using var network = new NinNetwork(wide, device, hasFixedFilters: WeightInitialization.FixesFilters(settings.Initialization, wide));
        WeightInitialization.Apply(network, settings.Initialization, settings.SeedFor("speed"));
        using var trial = new TrainingRun(settings with { TimeBudget = null }, network, log, start, train, null, [], Replicas.None);
        // The first look also checks the convolutions.
        trial.Learner.LookOnly(number: 0);
        var (clock, fastest, passes) = (settings.Clock, TimeSpan.MaxValue, 0.0);
        var begin = clock.GetTimestamp();
        for (var look = 1; look <= FewestLooks || clock.GetElapsedTime(begin) < budget * TrialShare; look++)
        {
            var before = clock.GetTimestamp();
            trial.Learner.LookOnly(look);
            var time = clock.GetElapsedTime(before);
            fastest = time < fastest ? time : fastest;
            passes = (budget - trial.Elapsed) / (fastest * trial.BatchesPerEpoch);
            if (passes >= EnoughPasses)
                return wide;
        }

        log.Info(string.Create(
            CultureInfo.InvariantCulture,
            $"Time budget {budget}: the default network would see each image {Math.Max(0, passes):0.0} times; a narrower one learns " +
            $"more in that time. To fix it: Options.Architecture = (channels, classes) => " +
            $"NinArchitecture.Small(channels, classes, {NarrowWidth})."));
        return NinArchitecture.Small(wide.InputChannels, wide.Classes, NarrowWidth);
    }
}
