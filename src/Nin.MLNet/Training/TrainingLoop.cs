namespace Nin.MLNet.Training;

/// <summary>
/// A whole training: epochs of steps. Everything else is a callback. Each step is checked before it is taken, and an epoch's last weights
/// before they are trusted, so that no part ever keeps weights that were not seen alive.
/// </summary>
internal static class TrainingLoop
{
    /// <summary>Trains the network in place and leaves in it the weights to be returned.</summary>
    public static void Run(TrainingRun run)
    {
        if (!run.Settings.StartsFromModel)
            run.DrawWeights();
        run.Tell(callback => callback.OnTrainingStart(run.Context));
        run.FollowFirstRank();
        while (!run.IsOver)
        {
            RunEpoch(run);
            run.FollowFirstRank();
        }

        if (run.Recovery.GaveUp is null)
            GiveBack(run);
        run.Replicas.RequireSameWeights(run.Network);
        // Before a checkpoint says that the training is finished.
        if (run.Settings.CalibrateTemperature && run.Validation is { } heldOut && run.Recovery is { GaveUp: null } or { HasResult: true })
            run.Temperature = Temperature.Fit(run, heldOut);
        run.Tell(callback => callback.OnTrainingEnd(run.Context));
    }

    private static void RunEpoch(TrainingRun run)
    {
        (run.Epoch, run.Tally, run.EpochPlan, run.IsSetBack) = (run.History.Count + 1, new EpochTally(run.Settings.Clock), run.Plan, false);
        using (var batches = run.Learner.StartEpoch())
        {
            while (!run.IsOver && run.Learner.TryLook(batches))
            {
                run.Tell(callback => callback.OnLook(run.Context));
                if (run.IsSetBack)
                    return;
                run.Learner.Step(run.NextLearningRate);
                run.Plan = run.Plan.AfterStep();
                run.Tell(callback => callback.OnStep(run.Context));
                run.FollowFirstRank();
            }
        }

        var speed = run.Tally.ImagesPerSecond;
        run.Learner.LookOnly(number: 0);
        run.Recovery.JudgeEpoch();
        if (run.IsSetBack)
            return;
        Evaluate(run);
        run.Recovery.JudgeEvaluation();
        if (run.IsSetBack)
            return;
        // Before a checkpoint keeps the weights.
        run.Replicas.RequireSameWeights(run.Network);
        run.History.Add(Entry(run, speed));
        run.Tell(callback => callback.OnEpoch(run.Context));
    }

    /// <summary>Validates the weights that would be returned, which are not always the ones that continue to learn.</summary>
    private static void Evaluate(TrainingRun run)
    {
        run.Validated = null;
        if (run.Validation is null)
            return;
        using var learning = run.Network.Snapshot();
        PutInWhatIsGivenBack(run);
        run.Validated = run.Network.IsFinite ? Evaluator.Run(run, run.Validation) : (double.NaN, double.NaN);
        run.Tell(callback => callback.OnEvaluated(run.Context));
        run.Network.Restore(learning);
    }

    private static void GiveBack(TrainingRun run)
    {
        if (run.GivesBestBack && run.Best?.TryPutInto(run.Network) == true)
            return;
        PutInWhatIsGivenBack(run);
        run.Recovery.JudgeResult();
    }

    private static void PutInWhatIsGivenBack(TrainingRun run)
    {
        run.Average?.PutInto(run.Network);
        run.Learner.SettleStatistics();
        run.Symmetry?.AverageStatistics(run.Network.Buffers);
    }

    private static NinEpoch Entry(TrainingRun run, double imagesPerSecond) => new()
    {
        Epoch = run.Epoch,
        Images = run.Tally.Images,
        TrainLoss = run.Tally.Loss,
        TrainAccuracy = run.Tally.Accuracy,
        ValidationLoss = run.Validated?.Loss,
        ValidationAccuracy = run.Validated?.Accuracy,
        LearningRate = run.LearningRate,
        GradientNorm = run.Tally.GradientNorm,
        ImagesPerSecond = imagesPerSecond,
        Seconds = run.Tally.Seconds,
    };
}
