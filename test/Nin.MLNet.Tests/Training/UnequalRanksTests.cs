using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Native;
using Nin.MLNet.Tests.Contract;
using static Nin.MLNet.Tests.Training.RankTrainings;

namespace Nin.MLNet.Tests.Training;

/// <summary>Ranks that differ: in images, threads, clocks, options, or in who fails. They must stay together or all end.</summary>
[TestClass]
public sealed class UnequalRanksTests
{
    [TestMethod]
    public void Fit_NoBatchSizeGiven_DividesTheBatchAmongTheRanks()
    {
        var options = SyntheticImages.Quick();
        (options.BatchSize, options.NumberOfEpochs) = (null, 1);
        var log = new List<string>();
        Fit(options, take: 600, log: log.Add);
        Run(2, group => Fit(With(options, group), take: 600, log: group.Rank == 0 ? log.Add : null));
        var sizes = log.Where(line => line.Contains("Batches of", StringComparison.Ordinal)).ToArray();
        Assert.HasCount(2, sizes);
        StringAssert.Contains(sizes[0], "Batches of 32 images", StringComparison.Ordinal);
        StringAssert.Contains(sizes[1], "Batches of 16 images", StringComparison.Ordinal);
    }

    // 48 and 47 images: three parts and two, whose mean of three equal statistics need not be that statistic.
    [TestMethod]
    public void Fit_RanksThatCutABatchIntoDifferentParts_EndWithTheSameBits()
    {
        var options = SyntheticImages.Quick();
        (options.Threads, options.BatchSize, options.ValidationSetFraction) = (3, 48, 0);
        var ranks = Run(2, group => Fit(With(options, group), take: 95));
        Assert.IsTrue(ranks[0].Weights.SequenceEqual(ranks[1].Weights));
    }

    [TestMethod]
    [DataRow(NinTrainer.WeightAveraging.None)]
    [DataRow(NinTrainer.WeightAveraging.Ema)]
    public void Fit_FrozenBlocks_KeepTheirStatisticsInPartsOnRanksAndInAverages(NinTrainer.WeightAveraging averaging)
    {
        var options = SyntheticImages.Quick();
        options.WeightAveraging = averaging;
        (options.Threads, options.BatchSize, options.ValidationSetFraction) = (3, 48, 0);
        float[] first = [], all = [], last = [];
        var context = new MLContext(1);
        var data = SyntheticImages.Keyed(context, 300);
        using var known = context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        (options.InitialModel, options.FrozenBlocks) = (known.Model, 2);
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            // What would be returned now.
            using var returned = new MLNet.Network.NinNetwork(known.Model.Architecture, TorchSharp.torch.CPU, frozenBlocks: 2);
            using var learning = training.Run.Network.Snapshot();
            returned.Restore(learning);
            training.Run.Average?.PutInto(returned);
            last = Statistics(returned);
        }));
        all = StatisticsOf(known);
        // Two blocks of two layers each, with mean and variance of four or eight channels.
        first = all[..(2 * ((2 * 4) + (2 * 8)))];
        Run(3, group => Fit(With(options, group), take: 300));
        Assert.IsTrue(first.AsSpan().SequenceEqual(last.AsSpan(0, first.Length)));
        Assert.HasCount(all.Length, last);
        Assert.IsFalse(all.AsSpan(first.Length).SequenceEqual(last.AsSpan(first.Length)));

        static float[] StatisticsOf(NinTransformer model)
        {
            using var network = new MLNet.Network.NinNetwork(model.Model.Architecture, TorchSharp.torch.CPU);
            model.Model.CopyWeightsTo(network);
            return Statistics(network);
        }

        static float[] Statistics(MLNet.Network.NinNetwork network)
        {
            using var _ = TorchSharp.torch.no_grad();
            return network.Buffers.cpu().data<float>().ToArray();
        }
    }

    // 1,198 and 1,197 images of 784 patches: counting only its own, one rank would stop a batch before the other.
    [TestMethod]
    public void Fit_WhiteningOnUnequalShares_StopsTogether()
    {
        var options = SyntheticImages.Quick();
        options.Initialization = NinTrainer.Initialization.Whitening;
        (options.BatchSize, options.ValidationSetFraction, options.NumberOfSteps, options.NumberOfEpochs) = (100, 0, 1, null);
        var random = new Random(1);
        Row[] rows = [.. Enumerable.Range(0, 2_395).Select(i => new Row { Label = (uint)(i % 2), Features = Noise() })];
        var ranks = Run(2, group =>
        {
            var context = new MLContext(1);
            var data = context.Data.LoadFromEnumerable(rows);
            using var model = context.MulticlassClassification.Trainers.Nin(With(options, group)).Fit(data);
            return new Result(Trained.WeightsOf(model), [.. model.Model.History], model.Model.PixelMeans[0], model.Model.Temperature);
        });
        Assert.IsTrue(ranks[0].Weights.SequenceEqual(ranks[1].Weights));

        float[] Noise()
        {
            var image = new float[28 * 28];
            for (var i = 0; i < image.Length; i++)
                image[i] = random.Next(256);
            return image;
        }
    }

    // By its own clock the second rank would plan a third fewer steps, and so a shorter warm-up after the collapse.
    [TestMethod]
    public void Fit_CollapseUnderATimeBudget_FollowsTheFirstRanksClock()
    {
        var ranks = Run(2, group =>
        {
            var options = SyntheticImages.Quick();
            (options.TimeBudget, options.ValidationSetFraction) = (TimeSpan.FromSeconds(30), 0);
            options.Clock = new MovableClock { PerReading = TimeSpan.FromMilliseconds(group.Rank == 0 ? 20 : 30) };
            var epochs = 0;
            options.Callbacks.Add(NinCallback.AfterStep(training =>
            {
                if (training.Step != 1 || epochs++ > 0)
                    return;
                using var _ = TorchSharp.torch.no_grad();
                training.Run.Network.Parameters.FillInPlace(double.NaN);
            }));
            options.Callbacks.Add(NinCallback.AfterEpoch(training => training.Stop()));
            return Fit(With(options, group));
        });
        Assert.IsTrue(ranks[0].Weights.SequenceEqual(ranks[1].Weights));
        Assert.IsTrue(ranks[0].Weights.All(float.IsFinite));
    }

    // Both read 144 values a row, but not the same way.
    [TestMethod]
    public void Fit_RanksThatReadImagesDifferently_AreRefused()
    {
        var (outcomes, _) = ThreadRanks.Run(2, group =>
        {
            var options = With(SyntheticImages.Quick(), group);
            options.ImageShape = group.Rank == 0 ? new NinImageShape(1, 12, 12) : new NinImageShape(1, 9, 16);
            return Fit(options);
        });
        foreach (var outcome in outcomes)
        {
            var error = Assert.IsInstanceOfType<ArgumentOutOfRangeException>(outcome.Error);
            StringAssert.Contains(error.Message, "the images is 1x12x12 (channels x height x width)");
            StringAssert.Contains(error.Message, "1x9x16");
        }
    }

    [TestMethod]
    public void Fit_OneRankCancelledWhileReading_IsCancelledOnAll()
    {
        using var cancel = new CancellationTokenSource();
        var read = 0;
        var (outcomes, aborted) = ThreadRanks.Run(2, group =>
        {
            var options = With(SyntheticImages.Quick(), group);
            options.CancellationToken = group.Rank == 1 ? cancel.Token : default;
            var context = new MLContext(1);
            var rows = SyntheticImages.Rows(161).Select(row => group.Rank == 1 ? CancelAtTheTenth(row) : row);
            var data = SyntheticImages.Keyed(context, rows);
            return context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        });
        Assert.IsNull(aborted);
        Assert.IsGreaterThanOrEqualTo(161 + 10, read);
        foreach (var outcome in outcomes)
            Assert.IsInstanceOfType<OperationCanceledException>(outcome.Error);

        // A first pass finds the keys.
        SyntheticImages.Row CancelAtTheTenth(SyntheticImages.Row row)
        {
            if (++read == 161 + 10)
                cancel.Cancel();
            return row;
        }
    }

    // Only the first rank has the user's callbacks.
    [TestMethod]
    public void Fit_UserCallbackThatCannotRestoreItsState_EndsAllRanks()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var options = SyntheticImages.Quick();
            options.CheckpointPath = Path.Combine(folder.FullName, "state");
            options.Callbacks.Add(new Demanding());
            options.Callbacks.Add(NinCallback.AfterEpoch(training => training.Stop()));
            Run(2, group => Fit(With(options, group)));
            var (outcomes, aborted) = ThreadRanks.Run(2, group => Fit(With(options, group)));
            Assert.IsNull(aborted);
            StringAssert.Contains(Assert.IsInstanceOfType<InvalidDataException>(outcomes[0].Error).Message, "state of '");
            StringAssert.Contains(outcomes[1].Error!.Message, "Rank 0 of 2 failed. InvalidDataException");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Reads more than it wrote.</summary>
    private sealed class Demanding : NinCallback
    {
        public override void RestoreState(BinaryReader reader) => reader.ReadInt64();
    }

    private sealed class Row
    {
        [KeyType(2)]
        public uint Label { get; set; }

        [VectorType(1, 28, 28)]
        public float[] Features { get; set; } = [];
    }
}
