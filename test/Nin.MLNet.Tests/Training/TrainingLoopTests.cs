using Microsoft.ML;
using Nin.MLNet.Tests.Contract;
using TorchSharp;

namespace Nin.MLNet.Tests.Training;

[TestClass]
public sealed class TrainingLoopTests
{
    private static readonly MLContext Context = new(1);

    [TestMethod]
    [DataRow(NinTrainer.Precision.Float32)]
    [DataRow(NinTrainer.Precision.BFloat16)]
    public void Fit_SameSeed_GivesBitwiseTheSameWeights(NinTrainer.Precision precision)
    {
        var options = SyntheticImages.Quick();
        options.Precision = precision;
        var first = Trained.On(options).Weights;
        Assert.IsTrue(first.SequenceEqual(Trained.On(options).Weights));
        options.Seed = 8;
        Assert.IsFalse(first.SequenceEqual(Trained.On(options).Weights));
    }

    [TestMethod]
    public void Fit_EasyImages_Learns()
    {
        var options = SyntheticImages.Quick();
        options.NumberOfEpochs = 8;
        var history = Trained.On(options).History;
        Assert.HasCount(8, history);
        Assert.IsGreaterThan(0.9, history.Max(epoch => epoch.ValidationAccuracy ?? 0));
        Assert.IsLessThan(history[0].TrainLoss, history[^1].TrainLoss);
    }

    [TestMethod]
    public void Fit_FrozenBlock_LeavesItsWeightsAlone()
    {
        var options = SyntheticImages.Quick();
        options.FrozenBlocks = 1;
        float[]? before = null;
        options.Callbacks.Add(NinCallback.AfterStep(training => before ??= First(training)));
        float[]? after = null;
        options.Callbacks.Add(NinCallback.AfterEpoch(training => after = First(training)));
        Trained.On(options);
        CollectionAssert.AreEqual(before, after);

        static float[] First(NinTrainingContext training)
        {
            using var scope = torch.NewDisposeScope();
            return training.Run.Network.State
                .First(entry => entry.Name == "0.0.weight")
                .Value.detach().contiguous().data<float>().ToArray();
        }
    }

    [TestMethod]
    public void Callbacks_EveryHook_ComesInItsOrder()
    {
        var seen = new List<string>();
        var options = SyntheticImages.Quick();
        (options.NumberOfEpochs, options.BatchSize) = (2, 100);
        options.Callbacks.Add(new Recorder(seen));
        Trained.On(options);
        CollectionAssert.AreEqual(new[] { "start", "step 1", "step 2", "epoch 1", "step 3", "step 4", "epoch 2", "end" }, seen);
    }

    [TestMethod]
    public void Stop_WithBestWeights_BringsTheBestEpochBackWhereTheLastWasAskedFor()
    {
        var options = SyntheticImages.Quick();
        // A constant learning rate, far too high to converge.
        (options.NumberOfEpochs, options.Schedule, options.LearningRate) = (40, NinTrainer.Schedule.Constant, 0.5);
        (options.Metric, options.RestoreBestWeights) = (NinTrainer.Metric.ValidationLoss, false);
        options.Callbacks.Add(NinCallback.AfterEpoch(training =>
        {
            if (training.History[^1].ValidationLoss > training.History.Min(epoch => epoch.ValidationLoss) + 0.01)
                training.Stop(withBestWeights: true);
        }));
        var validation = SyntheticImages.Keyed(Context, 90, seed: 9);
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 120), validation);
        var history = model.Model.History;
        Assert.IsLessThan(40, history.Count);
        Assert.AreEqual(
            history.Min(epoch => epoch.ValidationLoss!.Value),
            Context.MulticlassClassification.Evaluate(model.Transform(validation)).LogLoss,
            1e-3);
    }

    [TestMethod]
    public void Callbacks_StopAfterAStep_EndsThereAndGivesTheModel()
    {
        var options = SyntheticImages.Quick();
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            if (training.Step == 3)
                training.Stop();
        }));
        var history = Trained.On(options).History;
        // 161 rows in six batches, five of 27 and one of 26.
        Assert.AreEqual(81, history.Single().Images);
    }

    [TestMethod]
    public void NumberOfSteps_OneAndAHalfEpochs_TakesThatManyAndComesDownToTheFinalRate()
    {
        var options = SyntheticImages.Quick();
        (options.NumberOfSteps, options.FinalLearningRateShare) = (9, 0.02);
        var rates = new List<double>();
        options.Callbacks.Add(NinCallback.AfterStep(training => rates.Add(training.LearningRate)));
        var history = Trained.On(options).History;
        Assert.HasCount(9, rates);
        Assert.AreEqual(0.02 * options.LearningRate, rates[^1], 1e-12);
        CollectionAssert.AreEqual(new[] { 161L, 81L }, history.Select(epoch => epoch.Images).ToArray());
    }

    [TestMethod]
    public void Fit_Cancelled_Throws()
    {
        using var source = new CancellationTokenSource();
        var options = SyntheticImages.Quick();
        options.CancellationToken = source.Token;
        options.Callbacks.Add(NinCallback.AfterStep(_ => source.Cancel()));
        Assert.ThrowsExactly<OperationCanceledException>(() => Trained.On(options));
    }

    [TestMethod]
    public void Fit_InsideNoGrad_LearnsAllTheSame()
    {
        var expected = Trained.On(SyntheticImages.Quick()).Weights;
        using var off = torch.no_grad();
        Assert.IsTrue(expected.SequenceEqual(Trained.On(SyntheticImages.Quick()).Weights));
    }

    // Batch norm's running statistics start at (0, 1): after a short training, scores must not be affected by what is left of that.
    [TestMethod]
    [DataRow(30)]
    [DataRow(60)]
    [DataRow(120)]
    public void Fit_FewImages_ScoresThemAsTheHistorySays(int images)
    {
        foreach (var seed in new[] { 1, 2, 3 })
        {
            var options = new NinTrainer.Options { NumberOfEpochs = 10, Seed = seed, ValidationSetFraction = 0 };
            var data = SyntheticImages.Keyed(Context, images);
            using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
            var accuracy = Context.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy;
            Assert.IsGreaterThanOrEqualTo(model.Model.History[^1].TrainAccuracy - 0.05, accuracy, $"seed {seed}");
        }
    }

    [TestMethod]
    public void Fit_BestRecipeOn120Images_ScoresThemAsTheHistorySays()
    {
        var options = NinTrainer.Options.Best();
        (options.Seed, options.NumberOfEpochs) = (1, 15);
        options.HorizontalFlip = NinTrainer.Mirroring.Off;
        var data = SyntheticImages.Keyed(Context, 120);
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        Assert.IsGreaterThanOrEqualTo(
            model.Model.History[^1].TrainAccuracy - 0.05,
            Context.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy);
    }

    // The deepest map of a 4x4 image is 1x1: a last batch with a single image would have no variance.
    [TestMethod]
    [DataRow(65, 64)]
    [DataRow(129, 128)]
    [DataRow(3, 2)]
    public void Fit_LastBatchOfOneOnAMapOfOnePixel_GivesFiniteScores(int rows, int batchSize)
    {
        var random = new Random(4);
        var images = Enumerable.Range(0, rows).Select(i => new Tiny
        {
            Label = $"{i % 2}",
            Features = [.. Enumerable.Range(0, 16).Select(p => random.Next(100) + (p / 8 == i % 2 ? 150f : 0f))],
        });
        var data = Context.Data.LoadFromEnumerable(images);
        data = Context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        var options = new NinTrainer.Options { BatchSize = batchSize, NumberOfEpochs = 10, Seed = 1, ValidationSetFraction = 0 };
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        Assert.IsTrue(TrainerContractTests.Scores(model, data).All(float.IsFinite));
        if (rows > 10)
            Assert.IsGreaterThan(0.9, Context.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy);
    }

    private sealed class Recorder(List<string> seen) : NinCallback
    {
        public override void OnTrainingStart(NinTrainingContext training) => seen.Add("start");

        public override void OnStep(NinTrainingContext training) => seen.Add($"step {training.Step}");

        public override void OnEpoch(NinTrainingContext training) => seen.Add($"epoch {training.History.Count}");

        public override void OnTrainingEnd(NinTrainingContext training) => seen.Add("end");
    }

    private sealed class Tiny
    {
        public string Label { get; set; } = "";

        [Microsoft.ML.Data.VectorType(16)]
        public float[] Features { get; set; } = [];
    }
}
