using System.Globalization;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training.Callbacks;

/// <summary>
/// Detects a collapsed network and restores it: to the latest weights that were seen alive, or to new ones if none ever were, with a
/// lower learning rate that warms up again. If it gives up, the network holds the best weights.
/// </summary>
internal sealed class CollapseRecovery(TrainingRun run) : NinCallback, IDisposable
{
    private const double RateShare = 0.3;

    /// <summary>Number of returns to the same weights of a network that has not learnt anything yet, before new ones are drawn.</summary>
    private const int MostReturns = 2;
    private const string Advice =
        "Lower Options.LearningRate, add a warm-up (Options.Schedule, Options.WarmUpShare), " +
        "turn on the architecture's BatchNorm or turn off its LastReLU";

    private readonly TrainingSettings settings = run.Settings;
    private readonly NinArchitecture architecture = run.Network.Architecture;
    private readonly CollapseDetector detector = new(
        LossRange.Of(run.Settings.ClassShares, run.Settings.LabelSmoothing), run.Network.Architecture.Classes);
    private WeightSnapshot? start, good;
    private long goodUpdates, stepsSince;
    private int recoveries, returns;
    private double rateScale = 1;

    /// <summary>Why recovery gave up; null if it did not.</summary>
    public CollapseFinding? GaveUp { get; private set; }

    /// <summary>Whether, after giving up, the network holds usable weights.</summary>
    public bool HasResult { get; private set; }

    public override void OnTrainingStart(NinTrainingContext training) => start = run.Network.Snapshot();

    internal override void OnLook(NinTrainingContext training)
    {
        if (run.Look.Weight > 0 && detector.Observe(run.Look.Loss, Norm(run.Look)) is { } finding)
            Recover(finding);
    }

    public override void OnStep(NinTrainingContext training)
    {
        stepsSince++;
        SetRate();
    }

    /// <summary>Observes the outputs and labels of one batch, on all ranks: [N, K] and [N].</summary>
    public void ObserveClasses(Tensor logits, Tensor labels)
    {
        if (!architecture.LastReLU)
            return;
        using var scope = NewDisposeScope();
        var highest = logits.amax([0]).to(ScalarType.Float32).cpu().data<float>().ToArray();
        var examples = labels.bincount(null, architecture.Classes).cpu().data<long>().ToArray();
        // A class without weight may stay silent.
        if (settings.ClassWeights is { } weights)
            examples = [.. examples.Select((count, k) => weights[k] == 0 ? 0 : count)];
        // Sent as one message to the other ranks; all that matters about the examples is whether there are any.
        float[] all = [.. highest, .. examples];
        run.Replicas.Maximum(all);
        detector.ObserveClasses(all.AsSpan(0, highest.Length), all.AsSpan(highest.Length));
    }

    /// <summary>Looks at the weights at the end of an epoch, and either keeps them as good ones or goes back.</summary>
    public void JudgeEpoch()
    {
        var finding = Finding();
        // Too slow for every step.
        if (finding is null && !FoldedLayer.AreFinite(run.Network))
            finding = CollapseFinding.NotFinite("a variance of batch norm is below 0, or a number too large to score with");
        if (run.Plan.Left == 0)
        {
            // The training may end before the patience is used up, so it gets more looks instead of steps.
            for (var look = 1; finding is null && detector.SilentLooks > 0 && look < CollapseDetector.Patience; look++)
            {
                run.Learner.LookOnly(look);
                finding = Finding();
            }

            finding ??= detector.LastSuspicion();
        }

        if (finding is not null)
            Recover(finding);
        else if (detector.IsWell)
            KeepAsGood();
    }

    /// <summary>Judges the figures of an epoch's validation.</summary>
    public void JudgeEvaluation()
    {
        if (run.Validated is { } figures && !double.IsFinite(figures.Loss))
            Recover(CollapseFinding.NotFinite(Invariant($"the loss over the validation set is {figures.Loss}")));
    }

    /// <summary>Judges the weights to be returned; if they are not finite, good ones replace them.</summary>
    public void JudgeResult()
    {
        if (run.Network.IsFinite && run.Learner.ScoresAreFinite())
            return;
        var finding = CollapseFinding.NotFinite("the final weights give scores that are not finite");
        if (good is null)
        {
            GiveUp(finding);
            return;
        }

        GiveGoodBack();
        run.Log.Warning($"The network collapsed: {finding}. The latest good weights are returned. {Advice}.");
    }

    public override void SaveState(BinaryWriter writer)
    {
        detector.Save(writer);
        writer.Write(recoveries);
        writer.Write(returns);
        writer.Write(rateScale);
        writer.Write(stepsSince);
        writer.Write(goodUpdates);
        writer.Write(good, run.Network);
    }

    public override void RestoreState(BinaryReader reader)
    {
        detector.Restore(reader);
        (recoveries, returns, rateScale) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadDouble());
        (stepsSince, goodUpdates) = (reader.ReadInt64(), reader.ReadInt64());
        good?.Dispose();
        good = reader.ReadSnapshot(run.Network);
        run.Attempt = recoveries;
        SetRate();
    }

    public void Dispose()
    {
        start?.Dispose();
        good?.Dispose();
    }

    // If any part of the gradient is not finite, the first layer's counts as not finite, too.
    private static double Norm(Look look) => double.IsFinite(look.GradientNorm) ? look.FirstLayerNorm : look.GradientNorm;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private CollapseFinding? Finding()
    {
        if (!run.Network.IsFinite)
            return CollapseFinding.NotFinite("a weight or a running statistic is not finite");
        return run.Look.Weight > 0 ? detector.Observe(run.Look.Loss, Norm(run.Look)) : null;
    }

    private void KeepAsGood()
    {
        good?.Dispose();
        (good, goodUpdates, returns) = (run.Network.Snapshot(), run.Network.BatchNormUpdates, 0);
    }

    private void PutInGood()
    {
        run.Network.Restore(good!);
        run.Network.BatchNormUpdates = goodUpdates;
    }

    private void GiveGoodBack()
    {
        PutInGood();
        run.Learner.SettleStatistics();
        run.Symmetry?.AverageStatistics(run.Network.Buffers);
        LeaveStatistics();
    }

    /// <summary>A checkpoint that gives the network's weights back does not compute batch norm's statistics anew.</summary>
    private void LeaveStatistics() =>
        run.Network.BatchNormUpdates = Math.Max(run.Network.BatchNormUpdates, Learner.GrownUpdates);

    private void Recover(CollapseFinding finding)
    {
        var dead = run.Learner.FindDeadLayer();
        var found = dead is null ? finding : finding with { Words = $"{finding}; the first layer without a live output is {dead}" };
        // A training that was stopped would return weights that have learnt nothing.
        var goesBack = good is not null && (detector.HasLived || returns < MostReturns);
        var hasNothing = run.IsStopped && !goesBack;
        if (settings.OnCollapse == NinTrainer.CollapseAction.Throw || recoveries >= settings.MaxRecoveries || hasNothing)
        {
            GiveUp(found);
            return;
        }

        (recoveries, rateScale, stepsSince) = (recoveries + 1, rateScale * RateShare, 0);
        run.Attempt = recoveries;
        string from;
        var lived = detector.HasLived;
        if (goesBack)
        {
            PutInGood();
            (run.Plan, returns, from) = (run.EpochPlan, returns + 1, "the last good weights");
        }
        else
        {
            from = StartAnew();
            lived = false;
        }

        detector.Reset(lived);
        run.Optimizer.Reset();
        run.IsSetBack = true;
        run.Tell(callback => callback.OnWeightsReplaced(run.Context));
        run.FollowFirstRank();
        SetRate();
        run.Log.Warning(
            Invariant($"The network collapsed: {found}. Recovery {recoveries} of {settings.MaxRecoveries}: ") +
            Invariant($"training continues from {from} at {rateScale:G3} of the learning rate. {Advice}."));
    }

    private string StartAnew()
    {
        good?.Dispose();
        (good, returns) = (null, 0);
        run.Network.Restore(start!);
        run.StartOver();
        if (settings.StartsFromModel)
            return "the initial model";
        run.DrawWeights(recoveries);
        return "newly drawn weights";
    }

    private void GiveUp(CollapseFinding found)
    {
        GaveUp = found with
        {
            Words =
                Invariant($"The network collapsed in epoch {run.Epoch}: {found}. ") +
                Invariant($"It was recovered {recoveries} time(s) (Options.OnCollapse is {settings.OnCollapse}, ") +
                Invariant($"Options.MaxRecoveries is {settings.MaxRecoveries}). {Advice}."),
        };
        HasResult = run.Best?.TryPutInto(run.Network) == true;
        if (HasResult)
        {
            LeaveStatistics();
        }
        else if (good is not null)
        {
            GiveGoodBack();
            HasResult = true;
        }

        // A checkpoint keeps the average, too.
        run.Average?.Reset();
        run.IsSetBack = true;
        run.Stop(null);
    }

    /// <summary>After a recovery the learning rate rises linearly again, over a fiftieth of the training's steps.</summary>
    private void SetRate()
    {
        var length = Math.Clamp(run.Plan.Steps / 50, 10, 200);
        run.LearningRateFactor = rateScale * (recoveries == 0 ? 1 : Math.Min(1, (stepsSince + 1.0) / length));
    }
}
