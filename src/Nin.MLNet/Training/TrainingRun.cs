using Nin.MLNet.Network;
using Nin.MLNet.Training.Callbacks;

namespace Nin.MLNet.Training;

/// <summary>State that the parts of a running training share. State of a single part lives in that part.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly long start;
    private readonly IReadOnlyList<NinCallback> callbacks;

    /// <param name="settings">What the training is to do.</param>
    /// <param name="network">Trained in place; the caller disposes it.</param>
    /// <param name="log">Receives the messages.</param>
    /// <param name="start">Timestamp of the call to Fit, by the settings' clock.</param>
    /// <param name="train">The images to learn from; the caller disposes them.</param>
    /// <param name="validation">The images to validate on, or null; the caller disposes them.</param>
    /// <param name="userCallbacks">The user's own callbacks; called only on the first rank.</param>
    /// <param name="replicas">The ranks that train together.</param>
    public TrainingRun(
        TrainingSettings settings, NinNetwork network, ITrainingLog log, long start,
        IImageSource train, IImageSource? validation, IEnumerable<NinCallback> userCallbacks, Replicas replicas)
    {
        Replicas = replicas;
        (Settings, Network, Log, this.start, Train, Validation) = (settings, network, log, start, train, validation);
        BatchesPerEpoch = train.CountBatches(settings.BatchSize);
        StepsPerEpoch = (BatchesPerEpoch + settings.GradientAccumulation - 1) / settings.GradientAccumulation;
        Optimizer = new FlatOptimizer(network, settings.Optimizer, settings.Momentum, settings.Nesterov, settings.WeightDecay);
        Symmetry = settings.IsSymmetric ? new MirrorSymmetry(network) : null;
        Tally = new EpochTally(settings.Clock);
        Context = new NinTrainingContext(this);
        Average = WeightAverage.For(settings, network);
        Best = validation is null ? null : new BestWeights(settings.Metric);
        GivesBestBack = settings.RestoreBestWeights;
        Recovery = new CollapseRecovery(this);
        List<NinCallback?> all =
        [
            Recovery, Average, Best,
            settings.TimeBudget is { } budget
                ? new TimeBudget(budget, validation?.Count ?? 0, settings.CalibrateTemperature, settings.Clock)
                : null,
            settings.ChoosesMirroring ? new MirrorCheck() : null,
            settings.EarlyStoppingPatience is { } patience ? new EarlyStopping(settings.Metric, patience) : null,
            new ProgressReport(), .. replicas.IsFirst ? userCallbacks : [],
        ];
        List<NinCallback> others = [.. all.OfType<NinCallback>()];
        // State kept only in case of a stop is not part of a checkpoint.
        List<NinCallback> lasting = [.. others.Where(callback => callback != Best || GivesBestBack)];
        callbacks = settings.CheckpointPath is { } path ? [.. others, new Checkpoint(path, lasting)] : others;
        Learner = new Learner(this);
        StartOver();
    }

    public TrainingSettings Settings { get; }

    public Replicas Replicas { get; }

    public IImageSource Train { get; }

    public IImageSource? Validation { get; }

    public Learner Learner { get; }

    public NinNetwork Network { get; }

    public ITrainingLog Log { get; }

    public FlatOptimizer Optimizer { get; }

    /// <summary>What keeps the network symmetric; null if it need not be.</summary>
    public MirrorSymmetry? Symmetry { get; }

    public NinTrainingContext Context { get; }

    /// <summary>The averaged weights; null if none are kept.</summary>
    public WeightAverage? Average { get; }

    /// <summary>The best epoch's weights; null without validation.</summary>
    public BestWeights? Best { get; }

    /// <summary>Whether the best epoch's weights are returned instead of the last ones.</summary>
    public bool GivesBestBack { get; private set; }

    public CollapseRecovery Recovery { get; }

    public List<NinEpoch> History { get; } = [];

    public StepPlan Plan { get; set; }

    /// <summary>The plan before the running epoch's first step.</summary>
    public StepPlan EpochPlan { get; set; }

    public long BatchesPerEpoch { get; }

    public long StepsPerEpoch { get; }

    public long ImagesPerEpoch => Train.CountOfAll;

    /// <summary>Number of the running or just finished epoch, from 1.</summary>
    public int Epoch { get; set; } = 1;

    public EpochTally Tally { get; set; }

    /// <summary>What the latest forward and backward pass showed.</summary>
    public Look Look { get; set; }

    /// <summary>What the latest step followed.</summary>
    public Look StepLook { get; set; }

    /// <summary>Learning rate of the latest step.</summary>
    public double LearningRate { get; set; }

    /// <summary>Factor on the scheduled learning rate after recoveries, in (0, 1].</summary>
    public double LearningRateFactor { get; set; } = 1;

    /// <summary>How often the training was restarted or set back; part of its seeds, so that it does not fail the same way again.</summary>
    public int Attempt { get; set; }

    /// <summary>Seconds used before the training resumed from a checkpoint.</summary>
    public double SecondsBefore { get; set; }

    public TimeSpan Elapsed => Settings.Clock.GetElapsedTime(start) + TimeSpan.FromSeconds(SecondsBefore);

    public bool IsStopped { get; private set; }

    /// <summary>Whether the training ended by its own rules, so that there is nothing to resume.</summary>
    public bool EndedItself { get; private set; }

    /// <summary>Whether the running epoch is void because the weights were replaced.</summary>
    public bool IsSetBack { get; set; }

    /// <summary>Validation of the epoch just finished; null without a validation set.</summary>
    public (double Loss, double Accuracy)? Validated { get; set; }

    /// <summary>What the logits of the returned weights are divided by; 1 unless the settings ask for a fitted one.</summary>
    public double Temperature { get; set; } = 1;

    /// <summary>Whether the training is over.</summary>
    public bool IsOver => IsStopped || Plan.Left == 0;

    /// <summary>Learning rate of the next step.</summary>
    public double NextLearningRate => LearningRateFactor * Settings.LearningRate * LearningRateSchedule.ShareAt(
        Plan.ScheduleStep, Plan.ScheduleLength, Settings.Schedule, Settings.WarmUpShare, Settings.FinalLearningRateShare);

    /// <summary>Resets to the start of the training: nothing has been learnt yet.</summary>
    public void StartOver()
    {
        History.Clear();
        Network.BatchNormUpdates = Settings.StartsFromModel ? Learner.SettledUpdates : 0;
        Plan = StepPlan.Of(Settings.NumberOfSteps ?? (Settings.NumberOfEpochs * StepsPerEpoch));
    }

    /// <summary>Draws the network's first weights, or others after a collapse. All ranks call this together.</summary>
    /// <param name="attempt">Number of the draw, from 0.</param>
    public void DrawWeights(int attempt = 0)
    {
        WeightInitialization.Apply(Network, Settings.Initialization, Settings.SeedFor("weights", attempt: attempt));
        if (Settings.Initialization == NinTrainer.Initialization.Whitening)
            PatchWhitening.Apply(this);
        Symmetry?.Tie(Network.Parameters);
    }

    public void Stop(string? reason, bool withBestWeights = false)
    {
        IsStopped = true;
        GivesBestBack |= withBestWeights;
        if (reason is not null)
            Log.Info(reason);
    }

    /// <summary>Ends the training for good, before its last step.</summary>
    public void End(string reason)
    {
        EndedItself = true;
        Stop(reason);
    }

    /// <summary>
    /// Adopts the first rank's decisions (whether the training is over, and how long it is), since clocks and callbacks differ by rank.
    /// </summary>
    public void FollowFirstRank()
    {
        if (Replicas.AreMany)
            (IsStopped, EndedItself, GivesBestBack, Plan) = Replicas.OfFirst(new Decision(IsStopped, EndedItself, GivesBestBack, Plan));
    }

    public void Tell(Action<NinCallback> hook)
    {
        foreach (var callback in callbacks)
            hook(callback);
    }

    public void Dispose()
    {
        Learner.Dispose();
        Optimizer.Dispose();
        Symmetry?.Dispose();
        Average?.Dispose();
        Best?.Dispose();
        Recovery.Dispose();
    }

    private readonly record struct Decision(bool IsStopped, bool EndedItself, bool GivesBestBack, StepPlan Plan);
}
