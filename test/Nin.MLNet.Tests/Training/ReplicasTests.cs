using Microsoft.ML;
using Nin.MLNet.Native;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training;

/// <summary>Trainings of several ranks, which are threads here; those of processes are in Mpi.</summary>
[TestClass]
public sealed class ReplicasTests
{
    // The batch is the whole set, which the ranks share unevenly: 161 images in two or three shares.
    [TestMethod]
    [DataRow(2, false)]
    [DataRow(3, true)]
    public void Fit_RanksThatShareABatch_GiveTheWeightsOfOneRank(int ranks, bool weighted)
    {
        var options = WholeBatch();
        if (weighted)
            (options.ClassWeights, options.ExampleWeightColumnName) = (NinClassWeights.Balanced, "Number");
        var alone = Fit(options);
        var together = Run(ranks, group => Fit(With(options, group)));
        foreach (var rank in together)
        {
            for (var i = 0; i < alone.Weights.Length; i++)
                Assert.AreEqual(alone.Weights[i], rank.Weights[i], 1e-5f);
            Assert.AreEqual(alone.History[^1].TrainLoss, rank.History[^1].TrainLoss, 1e-5);
            Assert.AreEqual(alone.History[^1].TrainAccuracy, rank.History[^1].TrainAccuracy);
            Assert.AreEqual(alone.History[^1].Images, rank.History[^1].Images);
        }

        // The check can fail: ranks that learn alone come elsewhere.
        var other = Fit(With(options, null), take: 80);
        Assert.IsGreaterThan(1e-3f, alone.Weights.Zip(other.Weights).Max(pair => Math.Abs(pair.First - pair.Second)));
    }

    [TestMethod]
    [DataRow(NinTrainer.WeightAveraging.Ema, 1)]
    [DataRow(NinTrainer.WeightAveraging.None, 2)]
    public void Fit_BatchNormAugmentationValidation_EndsWithTheSameBitsOnAllRanks(NinTrainer.WeightAveraging averaging, int accumulation)
    {
        var options = SyntheticImages.Quick();
        (options.MaxShiftPixels, options.RandomErasingProbability, options.ValidationSetFraction) = (1, 0.5, 0.2);
        (options.WeightAveraging, options.GradientAccumulation, options.CalibrateTemperature) = (averaging, accumulation, true);
        (options.BatchSize, options.NumberOfEpochs) = (16, 8);
        var ranks = Run(3, group => Fit(With(options, group)));
        Assert.IsTrue(ranks.All(rank => rank.Weights.SequenceEqual(ranks[0].Weights)));
        Assert.IsTrue(ranks.All(rank => rank.Temperature == ranks[0].Temperature));
        Assert.IsTrue(ranks.All(rank => rank.History[^1].ValidationLoss == ranks[0].History[^1].ValidationLoss));
        Assert.IsGreaterThan(0.9, ranks[0].History[^1].ValidationAccuracy!.Value);
        // Every image once an epoch.
        Assert.IsTrue(ranks[0].History.All(epoch => epoch.Images == ranks[0].History[0].Images));
        Assert.AreEqual(161 * 0.8, ranks[0].History[0].Images, 8);
    }

    [TestMethod]
    public void Fit_StatisticsOfRanks_AreThoseOfAllImages()
    {
        var options = WholeBatch();
        options.NumberOfEpochs = 1;
        var alone = Fit(options);
        foreach (var rank in Run(2, group => Fit(With(options, group))))
            Assert.AreEqual(alone.PixelMean, rank.PixelMean, 1e-4f);
    }

    [TestMethod]
    public void ScaleLearningRate_OfRanks_MultipliesItByTheirNumber()
    {
        var options = WholeBatch();
        (options.NumberOfEpochs, options.Schedule, options.ScaleLearningRate) = (1, NinTrainer.Schedule.Constant, true);
        Assert.AreEqual(0.003, Fit(options).History[0].LearningRate, 1e-12);
        Assert.AreEqual(0.009, Run(3, group => Fit(With(options, group)))[2].History[0].LearningRate, 1e-12);
        options.ScaleLearningRate = false;
        Assert.AreEqual(0.003, Run(3, group => Fit(With(options, group)))[2].History[0].LearningRate, 1e-12);
    }

    [TestMethod]
    public void Fit_RanksWithOtherOptions_NamesTheOptionOnEveryRank()
    {
        var (outcomes, aborted) = ThreadRanks.Run(2, group =>
        {
            var options = With(WholeBatch(), group);
            (options.LearningRate, options.Seed) = (group.Rank == 0 ? 0.1 : 0.2, 7 + group.Rank);
            return Fit(options);
        });
        Assert.IsNull(aborted);
        foreach (var outcome in outcomes)
        {
            Assert.IsInstanceOfType<ArgumentOutOfRangeException>(outcome.Error);
            StringAssert.Contains(outcome.Error.Message, "Options.LearningRate is 0.1 on rank 0 and 0.2 on rank 1");
            StringAssert.Contains(outcome.Error.Message, "Options.Seed is 7 on rank 0 and 8 on rank 1");
        }
    }

    [TestMethod]
    public void Fit_RanksWithOtherClasses_SaysSo()
    {
        var (outcomes, _) = ThreadRanks.Run(2, group => Fit(With(WholeBatch(), group), classes: 3 + group.Rank));
        Assert.IsTrue(outcomes.All(outcome => outcome.Error!.Message.Contains("the classes is class 0, class 1, class 2 on rank 0")));
    }

    [TestMethod]
    public void Fit_FewerRowsThanRanks_SaysWhichRankHasNone()
    {
        var options = WholeBatch();
        (options.BatchSize, options.Architecture) = (1, (channels, classes) => NinArchitecture.Small(channels, classes, 8));
        var (outcomes, aborted) = ThreadRanks.Run(4, group => Fit(With(options, group), take: 3));
        Assert.IsNull(aborted);
        Assert.IsTrue(outcomes.All(outcome => outcome.Error!.Message.Contains("Rank 3 of 4 has no row", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Fit_RankThatHasTooFewUsableImages_IsRefusedOnAll()
    {
        var options = WholeBatch();
        options.BatchSize = 4;
        var (outcomes, _) = ThreadRanks.Run(2, group => Fit(With(options, group), change: row =>
        {
            if (row.Number % 2 == 1 && row.Number > 1)
                row.Features[0] = float.NaN;
        }));
        Assert.IsTrue(outcomes.All(outcome => outcome.Error!.Message.Contains("Rank 1 has 1 image(s)", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Fit_RowThatOneRankCannotRead_ThrowsOnAllAndEndsNone()
    {
        var options = WholeBatch();
        options.OnBadRow = NinTrainer.BadRowAction.Throw;
        var (outcomes, aborted) = ThreadRanks.Run(
            2, group => Fit(With(options, group), change: row => row.Features[0] = row.Number == 5 ? float.NaN : row.Features[0]));
        Assert.IsNull(aborted);
        Assert.IsInstanceOfType<InvalidOperationException>(outcomes[0].Error);
        StringAssert.Contains(outcomes[0].Error!.Message, "Rank 1 of 2 failed. ArgumentOutOfRangeException");
        Assert.IsInstanceOfType<ArgumentOutOfRangeException>(outcomes[1].Error);
        StringAssert.Contains(outcomes[1].Error!.Message, "holds NaN in row 5");
    }

    [TestMethod]
    public void Fit_RankThatComputesOtherwise_IsFoundOutAfterTheEpoch()
    {
        var options = WholeBatch();
        var epochs = 0;
        options.Callbacks.Add(NinCallback.AfterEpoch(_ => epochs++));
        // Rank 0's weights alone, by a little, as another processor's would be.
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            using var _ = TorchSharp.torch.no_grad();
            using var weights = training.Run.Network.Parameters.detach();
            if (training.Step == 3)
                TensorArithmetic.ScaleInPlace(weights, 1 + 1e-6);
        }));
        var (outcomes, aborted) = ThreadRanks.Run(2, group => Fit(With(options, group)));
        Assert.IsNull(aborted);
        Assert.AreEqual(2, epochs);
        Assert.IsTrue(outcomes.All(outcome => outcome.Error!.Message.Contains("The weights of rank 1 are not those of rank 0")));
    }

    [TestMethod]
    public void Fit_OneRankFailsOnTheWay_EndsTheOthers()
    {
        var options = WholeBatch();
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            if (training.Step == 3)
                throw new InvalidTimeZoneException("the callback's own");
        }));
        var (outcomes, aborted) = ThreadRanks.Run(2, group => Fit(With(options, group)));
        StringAssert.Contains(aborted, "Rank 0 of 2 failed");
        StringAssert.Contains(aborted, "the callback's own");
        Assert.IsInstanceOfType<InvalidTimeZoneException>(outcomes[0].Error);
        Assert.IsInstanceOfType<OperationCanceledException>(outcomes[1].Error);
    }

    [TestMethod]
    public void Fit_StoppedByTheFirstRanksCallback_StopsOnAllAtTheSameStep()
    {
        var options = SyntheticImages.Quick();
        (options.BatchSize, options.ValidationSetFraction) = (16, 0);
        var called = 0;
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            called++;
            if (training.Step == 7)
                training.Stop();
        }));
        var ranks = Run(2, group => Fit(With(options, group)));
        Assert.AreEqual(7, called);
        Assert.IsTrue(ranks[0].Weights.SequenceEqual(ranks[1].Weights));
        Assert.IsTrue(ranks.All(rank => rank.History[^1].Images == ranks[0].History[^1].Images));
    }

    [TestMethod]
    public void Fit_CancelledOnOneRank_IsCancelledOnAll()
    {
        var options = WholeBatch();
        using var cancellation = new CancellationTokenSource();
        options.Callbacks.Add(NinCallback.AfterStep(_ => cancellation.Cancel()));
        var (outcomes, aborted) = ThreadRanks.Run(2, group =>
        {
            var own = With(options, group);
            own.CancellationToken = group.Rank == 1 ? cancellation.Token : default;
            return Fit(own);
        });
        Assert.IsNull(aborted);
        Assert.IsTrue(outcomes.All(outcome => outcome.Error is OperationCanceledException));
    }

    [TestMethod]
    public void Fit_TimeBudget_IsTheFirstRanksForAll()
    {
        var options = SyntheticImages.Quick();
        (options.TimeBudget, options.BatchSize, options.ValidationSetFraction) = (TimeSpan.FromSeconds(2), 16, 0);
        var ranks = Run(2, group => Fit(With(options, group)));
        Assert.IsTrue(ranks[0].Weights.SequenceEqual(ranks[1].Weights));
        Assert.HasCount(ranks[0].History.Count, ranks[1].History);
    }

    [TestMethod]
    public void Fit_Collapse_IsMendedOnAllRanksAlike()
    {
        var options = SyntheticImages.Quick();
        (options.BatchSize, options.ValidationSetFraction, options.NumberOfEpochs) = (16, 0, 4);
        var struck = false;
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            if (training.Epoch == 3 && !struck)
            {
                struck = true;
                // One rank's weights alone: its gradient is everybody's.
                using var _ = TorchSharp.torch.no_grad();
                using var weights = training.Run.Network.Parameters.detach();
                TensorArithmetic.FillInPlace(weights, float.NaN);
            }
        }));
        var log = new List<string>();
        var ranks = Run(2, group => Fit(With(options, group), log: group.Rank == 0 ? log.Add : null));
        Assert.IsTrue(ranks[0].Weights.SequenceEqual(ranks[1].Weights));
        Assert.IsTrue(ranks[0].Weights.All(float.IsFinite));
        Assert.Contains(message => message.Contains("Recovery 1 of 5", StringComparison.Ordinal), log);
    }

    [TestMethod]
    public void Fit_ResumedFromTheFirstRanksCheckpoint_MatchesUninterrupted()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var options = SyntheticImages.Quick();
            (options.BatchSize, options.NumberOfEpochs, options.MaxShiftPixels) = (16, 4, 1);
            options.WeightAveraging = NinTrainer.WeightAveraging.Ema;
            var whole = Run(2, group => Fit(With(options, group)));
            options.CheckpointPath = Path.Combine(folder.FullName, "state");
            options.Callbacks.Add(NinCallback.AfterEpoch(training =>
            {
                if (training.Epoch == 2)
                    training.Stop();
            }));
            Run(2, group => Fit(With(options, group)));
            options.Callbacks.Clear();

            // Another number of ranks is another training, for all to see.
            var (outcomes, _) = ThreadRanks.Run(3, group => Fit(With(options, group)));
            Assert.IsTrue(outcomes.All(outcome => outcome.Error!.Message.Contains("ranks: 2 there, 3 here", StringComparison.Ordinal)));
            var resumed = Run(2, group => Fit(With(options, group)));
            Assert.IsTrue(resumed.All(rank => rank.Weights.SequenceEqual(whole[0].Weights)));
            Assert.HasCount(4, resumed[1].History);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    public void Fit_RowsThatAreSkipped_AreCountedOverAllRanks()
    {
        var log = new List<string>();
        var options = WholeBatch();
        options.NumberOfEpochs = 1;
        Run(2, group => Fit(
            With(options, group),
            change: row => row.Features[0] = row.Number is 3 or 4 ? float.NaN : row.Features[0],
            log: group.Rank == 0 ? log.Add : null));
        Assert.Contains(message => message.Contains("2 row(s) skipped", StringComparison.Ordinal), log);
        Assert.Contains(message => message.Contains("2 ranks (threads) train together on 159 images", StringComparison.Ordinal), log);
    }

    [TestMethod]
    public void Fit_UnderMpirunWithoutTheOption_RefusesACheckpointAndWarnsElse()
    {
        var options = WholeBatch();
        options.NumberOfEpochs = 1;
        var log = new List<string>();
        Environment.SetEnvironmentVariable("OMPI_COMM_WORLD_SIZE", "2");
        try
        {
            Fit(options, log: log.Add);
            Assert.Contains(message => message.Contains("each trains by itself", StringComparison.Ordinal), log);
            options.CheckpointPath = Path.Combine(Path.GetTempPath(), "never written");
            var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Fit(options));
            StringAssert.Contains(error.Message, "MPI started 2 processes and Options.Distributed is null");
        }
        finally
        {
            Environment.SetEnvironmentVariable("OMPI_COMM_WORLD_SIZE", null);
        }
    }

    /// <summary>All images a step, and a rate at which rounding errors stay what they are.</summary>
    private static NinTrainer.Options WholeBatch()
    {
        var options = SyntheticImages.Quick();
        // Channels that our own convolution does not take: its rounding, which is larger, grows beyond 1e-5 in these steps.
        options.Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 9) with { BatchNorm = false };
        (options.LearningRate, options.NumberOfEpochs, options.BatchSize) = (0.003, 50, 200);
        (options.ValidationSetFraction, options.RestoreBestWeights) = (0, false);
        return options;
    }

    private static NinTrainer.Options With(NinTrainer.Options options, IReplicaGroup? group)
    {
        var own = options.Copy();
        own.Distributed = group;
        return own;
    }

    /// <summary>What all ranks have given; fails where one has thrown.</summary>
    private static Result[] Run(int count, Func<IReplicaGroup, Result> work)
    {
        var (outcomes, aborted) = ThreadRanks.Run(count, work);
        Assert.IsNull(aborted);
        foreach (var outcome in outcomes)
            Assert.IsNull(outcome.Error, outcome.Error?.ToString());
        return [.. outcomes.Select(outcome => outcome.Value!)];
    }

    private static Result Fit(
        NinTrainer.Options options, int take = 161, int classes = 3, Action<SyntheticImages.Row>? change = null, Action<string>? log = null)
    {
        var context = new MLContext(1);
        context.Log += (_, e) => log?.Invoke(e.Message);
        var rows = SyntheticImages.Rows(take, classes);
        foreach (var row in rows)
            change?.Invoke(row);
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, rows));
        return new Result(
            Trained.WeightsOf(model), [.. model.Model.History], model.Model.PixelMeans[0], model.Model.Temperature);
    }

    private sealed record Result(float[] Weights, IReadOnlyList<NinEpoch> History, float PixelMean, double Temperature);
}
