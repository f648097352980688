using Microsoft.ML;
using Nin.MLNet.Native;
using Nin.MLNet.Tests.Contract;
using static Nin.MLNet.Tests.Training.RankTrainings;

namespace Nin.MLNet.Tests.Training;

/// <summary>Training on several ranks, which are threads here, that is rejected, fails or is stopped.</summary>
[TestClass]
public sealed class FailingReplicasTests
{
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

    // Only with many images they would not learn the same.
    [TestMethod]
    public void Fit_RanksOfWhichOneLeavesSymmetryOpen_NamesTheOption()
    {
        var (outcomes, _) = ThreadRanks.Run(2, group =>
        {
            var options = With(WholeBatch(), group);
            options.SymmetricFilters = group.Rank == 0 ? null : false;
            return Fit(options);
        });
        Assert.IsTrue(outcomes.All(outcome =>
            outcome.Error!.Message.Contains("Options.SymmetricFilters is null on rank 0 and False on rank 1")));
    }

    // A filter does not know beforehand how many rows it leaves.
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Fit_RanksWithOtherRows_SaysHowMany(bool inValidation)
    {
        var (outcomes, aborted) = ThreadRanks.Run(2, group =>
        {
            var context = new MLContext(1);
            var all = SyntheticImages.Keyed(context, 60);
            var fewer = context.Data.FilterRowsByColumn(all, "Number", upperBound: group.Rank == 0 ? 100 : 50);
            var trainer = context.MulticlassClassification.Trainers.Nin(With(WholeBatch(), group));
            trainer.Fit(inValidation ? all : fewer, inValidation ? fewer : null).Dispose();
            return 0;
        });
        Assert.IsNull(aborted);
        var said = $"The number of rows{(inValidation ? " of the validation set" : "")} is 60 on rank 0 and 50 on rank 1";
        foreach (var outcome in outcomes)
        {
            Assert.IsInstanceOfType<ArgumentOutOfRangeException>(outcome.Error);
            StringAssert.Contains(outcome.Error.Message, said);
        }
    }

    [TestMethod]
    public void Fit_OtherRankHasADamagedCheckpoint_IsNoMatter()
    {
        var folder = Directory.CreateTempSubdirectory();
        var results = Run(2, group =>
        {
            var options = With(WholeBatch(), group);
            (options.Seed, options.NumberOfEpochs) = (null, 2);
            options.CheckpointPath = Path.Combine(folder.FullName, $"{group.Rank}");
            if (group.Rank == 1)
                File.WriteAllText(options.CheckpointPath, "damaged");
            return Fit(options, seed: null);
        });
        folder.Delete(recursive: true);
        Assert.IsTrue(results[0].Weights.SequenceEqual(results[1].Weights));
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
        // Only rank 0's weights, and only slightly, as if from another processor.
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
            // A library that does not belong to that mpirun knows of one process.
            options.CheckpointPath = null;
            var (outcomes, _) = ThreadRanks.Run(1, group => Fit(With(options, group)));
            Assert.IsInstanceOfType<ArgumentOutOfRangeException>(outcomes[0].Error);
            StringAssert.Contains(outcomes[0].Error!.Message, "MPI started 2 processes, but");
        }
        finally
        {
            Environment.SetEnvironmentVariable("OMPI_COMM_WORLD_SIZE", null);
        }
    }
}
