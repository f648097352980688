using Nin.MLNet.Native;
using Nin.MLNet.Network;
using Nin.MLNet.Tests.Contract;
using static Nin.MLNet.Tests.Training.RankTrainings;

namespace Nin.MLNet.Tests.Training;

/// <summary>Results of training on several ranks, which are threads here. Tests with processes are in Mpi.</summary>
[TestClass]
public sealed class ReplicasTests
{
    // The batch is the whole set, which the ranks share unevenly: 161 images in two or three parts.
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

        // Shows that the check can fail: ranks that learn alone end with other weights.
        var other = Fit(With(options, null), take: 80);
        Assert.IsGreaterThan(1e-4f, alone.Weights.Zip(other.Weights).Max(pair => Math.Abs(pair.First - pair.Second)));
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
        // Four, not three: the classes repeat every three images, and batch norm cannot use a batch of a single class.
        var ranks = Run(4, group => Fit(With(options, group)));
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
        Assert.AreEqual(options.LearningRate, Fit(options).History[0].LearningRate, 1e-12);
        Assert.AreEqual(3 * options.LearningRate, Run(3, group => Fit(With(options, group)))[2].History[0].LearningRate, 1e-12);
        options.ScaleLearningRate = false;
        Assert.AreEqual(options.LearningRate, Run(3, group => Fit(With(options, group)))[2].History[0].LearningRate, 1e-12);
    }

    // Each call is one message over the network: figures and cancellation, gradient, plan; running statistics; class outputs.
    [TestMethod]
    [DataRow(false, false, 1, 3)]
    [DataRow(true, false, 1, 4)]
    [DataRow(true, false, 2, 4)]
    [DataRow(false, true, 1, 4)]
    public void Fit_Step_AsksTheOtherRanksSoOften(bool batchNorm, bool lastReLU, int accumulation, int expected)
    {
        var options = SyntheticImages.Quick();
        options.Architecture = (channels, classes) =>
            NinArchitecture.Small(channels, classes, 8) with { BatchNorm = batchNorm, LastReLU = lastReLU };
        (options.BatchSize, options.GradientAccumulation, options.NumberOfEpochs) = (16, accumulation, 1);
        Run(2, group =>
        {
            var (counting, calls) = (new CountingRanks(group), new List<int>());
            var own = With(options, counting);
            own.Callbacks.Add(NinCallback.AfterStep(_ => calls.Add(counting.Calls)));
            var result = Fit(own);
            // Only the first rank runs callbacks.
            if (group.Rank == 0)
                Assert.AreEqual(expected, calls[1] - calls[0]);
            return result;
        });
    }

    // MPI matches sums by their order, so the sums a rank begins must not depend on how much of its backward pass it can observe.
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void Fit_BatchInOnePartOrMore_BeginsTheSameSums(int accumulation)
    {
        var options = SyntheticImages.Quick();
        (options.BatchSize, options.GradientAccumulation, options.NumberOfEpochs) = (64, accumulation, 2);
        var (whole, parts) = (Ranks(threads: 1), Ranks(threads: 2));
        CollectionAssert.AreEqual(whole.Begun, parts.Begun);
        // The last sum, of the parameters that do not decay, is smaller than any piece of the rest.
        var step = whole.Begun.IndexOf(whole.Begun.Min()) + 1;
        Assert.IsGreaterThan(2, step);
        Assert.AreEqual(0, whole.Begun.Count % step, "every step and look begins as many");
        Assert.IsFalse(parts.HaveGoneOn);
        using var scope = TorchSharp.torch.NewDisposeScope();
        var batch = TorchSharp.torch.zeros(1, 8, 2, 2, dtype: TorchSharp.torch.ScalarType.Float32, device: TorchSharp.torch.CPU);
        Assert.AreEqual(TrainingNormalization.Suits(batch, threads: 1), whole.HaveGoneOn, "begun while the backward pass goes on");

        CountingRanks Ranks(int threads)
        {
            CountingRanks? first = null;
            Run(2, group =>
            {
                var counting = new CountingRanks(group);
                if (group.Rank == 0)
                    first = counting;
                var own = With(options, counting);
                own.Threads = threads;
                return Fit(own);
            });
            return first!;
        }
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
                // Damages only one rank's weights, but its gradient reaches all ranks.
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
    [DataRow(2, 4, 22, 16)]
    [DataRow(3, 1, 64, 48)]
    [DataRow(1, 2, 24, 24)]
    public void Fit_ResumedByAnotherNumberOfRanks_GoesOnWithTheEpochsThatAreLeft(int before, int now, int batchBefore, int batchNow)
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var options = SyntheticImages.Quick();
            (options.NumberOfEpochs, options.BatchSize, options.MaxShiftPixels, options.ValidationSetFraction) = (6, batchBefore, 1, 0.2);
            (options.WeightAveraging, options.Schedule) = (NinTrainer.WeightAveraging.Ema, NinTrainer.Schedule.OneCycle);
            options.FinalLearningRateShare = 0.01;
            options.CheckpointPath = Path.Combine(folder.FullName, "state");
            options.Callbacks.Add(NinCallback.AfterEpoch(training =>
            {
                if (training.Epoch == 2)
                    training.Stop();
            }));
            var first = Run(before, group => Fit(With(options, group)));
            options.Callbacks.Clear();
            options.BatchSize = batchNow;

            var epochs = 0.0;
            options.Callbacks.Add(NinCallback.AfterStep(training => epochs = training.NumberOfEpochs));
            var log = new List<string>();
            var ranks = Run(now, group => Fit(With(options, group), log: group.Rank == 0 ? log.Add : null));
            var said = $"was written by {before} rank(s) and is resumed by {now}:";
            Assert.Contains(line => line.Contains(said, StringComparison.Ordinal), log);
            Assert.IsTrue(ranks.All(rank => rank.Weights.SequenceEqual(ranks[0].Weights)));
            Assert.HasCount(6, ranks[0].History);
            Assert.AreEqual(6, epochs, 1e-9);
            // Every image once per epoch, and the schedule continues to its end from where it was.
            Assert.IsTrue(ranks[0].History.All(epoch => epoch.Images == first[0].History[0].Images));
            Assert.IsLessThan(first[0].History[1].LearningRate, ranks[0].History[2].LearningRate);
            Assert.AreEqual(0.01 * options.LearningRate, ranks[0].History[^1].LearningRate, 1e-9);
            Assert.IsLessThan(first[0].History[1].TrainLoss, ranks[0].History[^1].TrainLoss);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    public void Fit_ResumedByAnotherNumberOfRanksOnOtherData_IsRefused()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var options = SyntheticImages.Quick();
            options.CheckpointPath = Path.Combine(folder.FullName, "state");
            options.Callbacks.Add(NinCallback.AfterEpoch(training => training.Stop()));
            Run(2, group => Fit(With(options, group)));
            var (outcomes, _) = ThreadRanks.Run(3, group => Fit(With(options, group), take: 160));
            Assert.IsTrue(outcomes.All(outcome => outcome.Error!.Message.Contains("training data: ", StringComparison.Ordinal)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // The training is identical, so identical images give the same figures.
    [TestMethod]
    public void Fit_ImagesSetAside_AreTheSameForAnyNumberOfRanks()
    {
        var options = WholeBatch();
        (options.ValidationSetFraction, options.NumberOfEpochs) = (0.3, 3);
        var alone = Fit(options);
        foreach (var rank in Run(3, group => Fit(With(options, group))))
        {
            Assert.AreEqual(alone.History[^1].Images, rank.History[^1].Images);
            Assert.AreEqual(alone.History[^1].ValidationLoss!.Value, rank.History[^1].ValidationLoss!.Value, 1e-5);
            Assert.AreEqual(alone.History[^1].ValidationAccuracy!.Value, rank.History[^1].ValidationAccuracy!.Value, 1e-9);
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
}
