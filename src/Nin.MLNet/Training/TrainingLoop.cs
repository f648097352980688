using System.Globalization;
using Nin.MLNet.Network;

namespace Nin.MLNet.Training;

/// <summary>A whole training, epoch by epoch: train, validate, remember the best, recover from a collapse, tell the user.</summary>
internal sealed class TrainingLoop(
    NinNetwork network, NinTrainer.Options options, TrainingPlan plan, IImageSource train, IImageSource? validation, ITrainingLog log)
{
    private const double RecoveryRate = 0.3;
    private readonly CollapseGuard guard = new(network.Architecture.Classes);

    /// <summary>Trains the network in place and leaves the weights to be given back in it.</summary>
    /// <returns>One entry for each epoch.</returns>
    /// <exception cref="NinTrainingCollapsedException">The network died, and could not or was not to be brought back.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public IReadOnlyList<NinEpoch> Run()
    {
        if (options.InitialModel is null)
            WeightInitialization.Apply(network, options.Initialization, plan.SeedFor("weights"));
        using var start = network.Snapshot();
        using var state = new TrainingState(network, options);
        using var runner = new EpochRunner(options, plan, state, guard, log);
        var checkpoint = options.CheckpointPath is { } path ? new Checkpoint(path, options, plan, train.Count) : null;
        if (checkpoint?.TryRestore(state, guard) == true)
            log.Info($"Goes on from {options.CheckpointPath}, behind epoch {state.History.Count} of {options.NumberOfEpochs}.");

        for (var goOn = true; goOn && state.History.Count < options.NumberOfEpochs && !Exhausted(state);)
        {
            var tally = new EpochTally();
            var finding = runner.Train(train, state.History.Count, tally);
            if (state.History.Count + 1 == options.NumberOfEpochs)
                finding ??= guard.LastSuspicion();

            if (finding is not null)
            {
                Recover(state, start, finding);
                continue;
            }

            var epoch = Finish(state, runner, tally);
            log.Info(Describe(epoch));
            checkpoint?.Save(state, guard);
            goOn = options.OnEpoch?.Invoke(epoch) ?? true;
        }

        if (state.Best is not null)
            network.Restore(state.Best);
        else
            state.Average.SwapIn()?.Dispose();
        return state.History;
    }

    private static string Describe(NinEpoch e)
    {
        var validated = e.ValidationLoss is null
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $", validation loss {e.ValidationLoss:F4}, validation accuracy {e.ValidationAccuracy:P2}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Epoch {e.Epoch}: loss {e.TrainLoss:F4}, accuracy {e.TrainAccuracy:P2}{validated}, learning rate {e.LearningRate:G3}, {e.ImagesPerSecond:F0} images/s, {e.Seconds:F1} s");
    }

    private NinEpoch Finish(TrainingState state, EpochRunner runner, EpochTally tally)
    {
        var trainSeconds = tally.Seconds;
        var speed = tally.Images / Math.Max(trainSeconds, 1e-9);
        if (guard.IsWell)
            state.SetGood(network.Snapshot());
        (double Loss, double Accuracy)? validated = null;
        if (validation is not null)
        {
            using var current = state.Average.SwapIn();
            validated = runner.Evaluate(validation);
            var number = state.History.Count + 1;
            if (options.RestoreBestWeights && IsBest(state, validated.Value.Loss, validated.Value.Accuracy))
            {
                state.SetBest(network.Snapshot());
                state.BestEpoch = number;
            }

            if (current is not null)
                network.Restore(current);
        }

        var epoch = new NinEpoch(
            state.History.Count + 1, tally.Loss, tally.Accuracy, validated?.Loss, validated?.Accuracy,
            runner.LearningRate, tally.GradientNorm, speed, tally.Seconds);
        state.History.Add(epoch);
        return epoch;
    }

    private bool IsBest(TrainingState state, double loss, double accuracy) =>
        options.Metric == NinTrainer.Metric.ValidationLoss
            ? state.History.All(epoch => loss < (epoch.ValidationLoss ?? double.PositiveInfinity))
            : state.History.All(epoch => accuracy > (epoch.ValidationAccuracy ?? double.NegativeInfinity));

    /// <summary>Whether the last epochs brought nothing better, more of them than the user's patience.</summary>
    private bool Exhausted(TrainingState state)
    {
        if (options.EarlyStoppingPatience is not { } patience || validation is null || state.History.Count == 0)
            return false;
        var best = options.Metric == NinTrainer.Metric.ValidationLoss
            ? state.History.MinBy(epoch => epoch.ValidationLoss)!.Epoch
            : state.History.MaxBy(epoch => epoch.ValidationAccuracy)!.Epoch;
        if (state.History.Count - best < patience)
            return false;
        log.Info($"Stops early: no better {options.Metric} in {patience} epoch(s), the best was epoch {best}.");
        return true;
    }

    private void Recover(TrainingState state, WeightSnapshot start, string finding)
    {
        var advice = "Lower Options.LearningRate, add a warm-up (Options.Schedule, Options.WarmUpShare), turn on the architecture's BatchNorm or turn off its LastReLU";
        if (options.OnCollapse == NinTrainer.CollapseAction.Throw || state.Recoveries >= options.MaxRecoveries)
        {
            throw new NinTrainingCollapsedException(
                $"The network collapsed in epoch {state.History.Count + 1}: {finding}. It was brought back {state.Recoveries} time(s) " +
                $"(Options.OnCollapse is {options.OnCollapse}, Options.MaxRecoveries is {options.MaxRecoveries}). {advice}.", [.. state.History]);
        }

        state.Recoveries++;
        state.LearningRateScale *= RecoveryRate;
        state.StepsSinceRecovery = 0;
        string from;
        if (state.Good is not null)
        {
            network.Restore(state.Good);
            from = "the last good weights";
        }
        else
        {
            // It never lived: the epochs so far taught nothing.
            state.History.Clear();
            state.SetBest(null);
            network.Restore(start);
            if (options.InitialModel is null)
                WeightInitialization.Apply(network, options.Initialization, plan.SeedFor("weights", attempt: state.Recoveries));
            from = options.InitialModel is null ? "newly drawn weights" : "the initial model";
        }

        guard.Reset(hasLived: state.Good is not null);
        state.Optimizer.Reset();
        state.Average.Reset();
        log.Warning(string.Create(
            CultureInfo.InvariantCulture,
            $"The network collapsed: {finding}. Recovery {state.Recoveries} of {options.MaxRecoveries}: goes on from {from} at {state.LearningRateScale:G3} of the learning rate. {advice}."));
    }
}
