using Microsoft.ML;
using Nin.MLNet.Data;
using Nin.MLNet.Network;
using Nin.MLNet.Tests.Contract;
using Nin.MLNet.Training;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Training;

[TestClass]
public sealed class TrainingLoopTests
{
    [TestMethod]
    [DataRow(NinTrainer.Precision.Float32)]
    [DataRow(NinTrainer.Precision.BFloat16)]
    public void Run_SameSeed_GivesBitwiseTheSameWeights(NinTrainer.Precision precision)
    {
        var options = SyntheticImages.Quick();
        options.Precision = precision;
        var (first, _) = Train(options);
        var (second, _) = Train(options);
        Assert.IsTrue(first.SequenceEqual(second));
        options.Seed = 8;
        var (other, _) = Train(options);
        Assert.IsFalse(first.SequenceEqual(other));
    }

    [TestMethod]
    public void Run_EasyImages_Learns()
    {
        var options = SyntheticImages.Quick();
        options.NumberOfEpochs = 8;
        var (_, history) = Train(options);
        Assert.HasCount(8, history);
        Assert.IsGreaterThan(0.9, history.Max(epoch => epoch.ValidationAccuracy ?? 0));
        Assert.IsLessThan(history[0].TrainLoss, history[^1].TrainLoss);
    }

    [TestMethod]
    public void Run_ThreeEpochs_TellsTheSourceWhichOneItIs()
    {
        var options = SyntheticImages.Quick();
        options.NumberOfEpochs = 3;
        var epochs = new List<int>();
        Train(options, epochs: epochs);
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, epochs);
    }

    [TestMethod]
    [DataRow(NinTrainer.WeightAveraging.Ema, NinTrainer.Optimizer.AdamW)]
    [DataRow(NinTrainer.WeightAveraging.Lookahead, NinTrainer.Optimizer.Sgd)]
    public void Run_ResumedFromCheckpoint_MatchesUninterrupted(NinTrainer.WeightAveraging averaging, NinTrainer.Optimizer optimizer)
    {
        var options = SyntheticImages.Quick();
        (options.WeightAveraging, options.Optimizer, options.LearningRate, options.NumberOfEpochs) = (averaging, optimizer, 0.01, 4);
        var (whole, _) = Train(options);
        var folder = Directory.CreateTempSubdirectory();
        options.CheckpointPath = Path.Combine(folder.FullName, "state");
        options.OnEpoch = epoch => epoch.Epoch < 2;
        Train(options);
        options.OnEpoch = null;
        var (resumed, history) = Train(options);
        Assert.HasCount(4, history);
        Assert.IsTrue(whole.SequenceEqual(resumed));
        folder.Delete(recursive: true);
    }

    [TestMethod]
    public void Run_CheckpointOfAnotherTraining_SaysSo()
    {
        var folder = Directory.CreateTempSubdirectory();
        var options = SyntheticImages.Quick();
        options.CheckpointPath = Path.Combine(folder.FullName, "state");
        Train(options);
        options.LearningRate = 0.05;
        var other = Assert.ThrowsExactly<InvalidDataException>(() => Train(options));
        StringAssert.Contains(other.Message, "belongs to another training");
        StringAssert.Contains(other.Message, "Options.LearningRate: 0.2 there, 0.05 here");
        options.LearningRate = SyntheticImages.Quick().LearningRate;
        var bytes = File.ReadAllBytes(options.CheckpointPath);
        File.WriteAllBytes(options.CheckpointPath, bytes[..(bytes.Length / 2)]);
        var cut = Assert.ThrowsExactly<InvalidDataException>(() => Train(options));
        StringAssert.Contains(cut.Message, "cut short");
        folder.Delete(recursive: true);
    }

    [TestMethod]
    public void Run_FrozenBlock_LeavesItsWeightsAlone()
    {
        var options = SyntheticImages.Quick();
        options.WeightAveraging = NinTrainer.WeightAveraging.None;
        NinNetwork? seen = null;
        float[]? before = null;
        options.FrozenBlocks = 1;
        Train(options, network =>
        {
            seen = network;
            before = Values(network.State.First(entry => entry.Name == "0.0.weight").Value);
        }, network => CollectionAssert.AreEqual(before, Values(network.State.First(entry => entry.Name == "0.0.weight").Value)));
        Assert.IsNotNull(seen);
    }

    [TestMethod]
    public void Run_RateThatKillsTheNetwork_ThrowsWithHistoryOrRecovers()
    {
        var options = SyntheticImages.Quick();
        options.Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 8) with { BatchNorm = false, LastReLU = true };
        (options.LearningRate, options.Schedule, options.OnCollapse) = (20, NinTrainer.Schedule.Constant, NinTrainer.CollapseAction.Throw);
        var error = Assert.ThrowsExactly<NinTrainingCollapsedException>(() => Train(options));
        StringAssert.Contains(error.Message, "Options.LearningRate");
        (options.OnCollapse, options.MaxRecoveries) = (NinTrainer.CollapseAction.Recover, 10);
        var (weights, history) = Train(options);
        Assert.IsTrue(weights.All(float.IsFinite));
        Assert.HasCount(options.NumberOfEpochs, history);
    }

    [TestMethod]
    public void Run_ClassDrawnDead_DrawsAnewAndLearnsIt()
    {
        // These weights have an output of 0 for every image of class 1; left alone, the class is never predicted: 66.7 %.
        var warnings = new List<string>();
        var (_, history) = Train(WithLastReLU(seed: 7), warnings: warnings);
        StringAssert.Contains(warnings.Single(), "class 1 (from 0)");
        StringAssert.Contains(warnings.Single(), "newly drawn weights");
        Assert.HasCount(12, history);
        Assert.IsGreaterThan(0.95, history[^1].ValidationAccuracy!.Value);
    }

    [TestMethod]
    public void Run_ClassDiesOnTheWay_GoesBackToWhereItLived()
    {
        NinNetwork? trained = null;
        var options = WithLastReLU(seed: 8);
        var steps = 0;
        options.OnBatch = _ =>
        {
            // In the fourth epoch, a blow that no gradient can heal.
            if (++steps == 150)
                Kill(trained!);
        };
        var warnings = new List<string>();
        var (_, history) = Train(options, network => trained = network, warnings: warnings);
        StringAssert.Contains(warnings.Single(), "class 1 (from 0)");
        StringAssert.Contains(warnings.Single(), "the last good weights");
        Assert.IsLessThan(0.7, history[3].ValidationAccuracy!.Value);
        Assert.IsGreaterThan(0.95, history[^1].ValidationAccuracy!.Value);

        static void Kill(NinNetwork network)
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            network.State.Last(entry => entry.Name.EndsWith(".bias", StringComparison.Ordinal)).Value.narrow(0, 1, 1).fill_(-1e6);
        }
    }

    [TestMethod]
    public void Run_Patience_StopsEarlyAndBringsTheBestBack()
    {
        var options = SyntheticImages.Quick();
        (options.NumberOfEpochs, options.EarlyStoppingPatience) = (30, 2);
        var (_, history) = Train(options);
        Assert.IsLessThan(30, history.Count);
        Assert.AreEqual(history.Count - 2, history.MaxBy(epoch => epoch.ValidationAccuracy)!.Epoch);
    }

    [TestMethod]
    public void Run_Cancelled_Throws()
    {
        using var source = new CancellationTokenSource();
        var options = SyntheticImages.Quick();
        options.CancellationToken = source.Token;
        options.OnBatch = _ => source.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => Train(options));
    }

    private static NinTrainer.Options WithLastReLU(int seed)
    {
        var options = SyntheticImages.Quick();
        options.Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 8) with { BatchNorm = false, LastReLU = true };
        (options.NumberOfEpochs, options.BatchSize, options.LearningRate, options.WeightDecay, options.Seed) = (12, 4, 0.01, 0, seed);
        return options;
    }

    internal static (float[] Weights, IReadOnlyList<NinEpoch> History) Train(
        NinTrainer.Options options, Action<NinNetwork>? before = null, Action<NinNetwork>? after = null, List<string>? warnings = null, List<int>? epochs = null)
    {
        var context = new MLContext(1);
        var columns = new ExampleColumns("Features", "Label", null, new NinImageShape(1, SyntheticImages.Side, SyntheticImages.Side), 3);
        using var examples = ExampleSet.Read(SyntheticImages.Keyed(context, 200), columns, null, null, () => { });
        using var network = new NinNetwork(options.Architecture(1, 3), CPU, options.FrozenBlocks);
        var plan = new TrainingPlan(examples.Normalization, (ulong)options.Seed!.Value, null);
        var (train, aside) = StratifiedSplit.Of(examples.Classes, 0.2, 1);
        var augmentation = new Augmentation(columns.Shape, options.HorizontalFlip, options.MaxShiftPixels, options.ShiftReflects, options.RandomErasingProbability);
        // The loop draws the first weights itself; a frozen block's are drawn the same.
        WeightInitialization.Apply(network, options.Initialization, plan.SeedFor("weights"));
        before?.Invoke(network);
        var loop = new TrainingLoop(network, options, plan, new Recorded(new CachedImages(examples, train, augmentation), epochs ?? []), new CachedImages(examples, aside, augmentation), new WarningLog(warnings ?? []));
        var history = loop.Run();
        after?.Invoke(network);
        return (Values(network.Parameters), history);
    }

    private static float[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().contiguous().data<float>().ToArray();
    }

    private sealed class WarningLog(List<string> warnings) : ITrainingLog
    {
        public void Info(string message)
        {
        }

        public void Warning(string message) => warnings.Add(message);

        public void Progress(NinProgress progress)
        {
        }

        public void CheckAlive()
        {
        }
    }

    /// <summary>Notes the number of every pass.</summary>
    private sealed class Recorded(IImageSource source, List<int> epochs) : IImageSource
    {
        public long Count => source.Count;

        public IEnumerable<ImageBatch> Batches(int batchSize, ulong? seed, int epoch = 0)
        {
            epochs.Add(epoch);
            return source.Batches(batchSize, seed, epoch);
        }

        public void Dispose() => source.Dispose();
    }
}
