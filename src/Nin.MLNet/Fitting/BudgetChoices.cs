using System.Globalization;
using Nin.MLNet.Hosting;
using Nin.MLNet.Network;
using Nin.MLNet.Training;

namespace Nin.MLNet.Fitting;

/// <summary>
/// What a time budget decides where the user did not: network and batch size. A wide network that sees its images only a few times learns
/// less than a narrow one that sees them often, and few images are learnt better in smaller batches (docs/learning.md), so the speed is
/// measured first.
/// </summary>
internal static class BudgetChoices
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
    /// Whether there is something to choose here. A checkpoint belongs to one network and batch size, and ranks must agree: in both cases
    /// the defaults stay.
    /// </summary>
    public static bool AreOpen(NinTrainer.Options options, Replicas replicas) =>
        options is { TimeBudget: not null, InitialModel: null, CheckpointPath: null } && !replicas.AreMany
        && (options.HasDefaultArchitecture || options.BatchSize is null);

    /// <summary>
    /// The given network and batch size, or smaller ones if the given network would see too few images within the budget.
    /// </summary>
    /// <param name="options">The user's.</param>
    /// <param name="given">The architecture.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="settings">The training's.</param>
    /// <param name="train">The images.</param>
    /// <param name="log">Receives the choice of a network.</param>
    /// <param name="start">Timestamp of the call to Fit: the budget counts from there.</param>
    public static (NinArchitecture Architecture, int BatchSize) Make(
        NinTrainer.Options options, NinArchitecture given, TorchSharp.torch.Device device, TrainingSettings settings, IImageSource train,
        HostLog log, long start)
    {
        var budget = settings.TimeBudget!.Value;
        var isBatchOpen = options.BatchSize is null && settings.BatchSize > DefaultsBySize.ShortBatch;
        var enough = Math.Max(
            options.HasDefaultArchitecture ? EnoughPasses : 0, isBatchOpen ? DefaultsBySize.ManyImagesSeen / (double)train.Count : 0);
        var passes = PassesThatFit(enough, given, device, settings, train, log, start);
        var batchSize = isBatchOpen ? DefaultsBySize.InShortTraining(settings.BatchSize, passes * train.Count) : settings.BatchSize;
        if (!options.HasDefaultArchitecture || passes >= EnoughPasses)
            return (given, batchSize);
        log.Info(string.Create(
            CultureInfo.InvariantCulture,
            $"Time budget {budget}: the default network would see each image {Math.Max(0, passes):0.0} times; a narrower one learns " +
            $"more in that time. To fix it: Options.Architecture = (channels, classes) => " +
            $"NinArchitecture.Small(channels, classes, {NarrowWidth})."));
        return (NinArchitecture.Small(given.InputChannels, given.Classes, NarrowWidth), batchSize);
    }

    /// <summary>Passes over the images within the budget; at least <paramref name="enough"/> if that many fit.</summary>
    private static double PassesThatFit(
        double enough, NinArchitecture given, TorchSharp.torch.Device device, TrainingSettings settings, IImageSource train, HostLog log,
        long start)
    {
        var budget = settings.TimeBudget!.Value;
        var isWhitened = WeightInitialization.FixesFilters(settings.Initialization, given);
        using var network = new NinNetwork(given, device, hasFixedFilters: isWhitened);
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
            if (passes >= enough)
                break;
        }

        return passes;
    }
}
