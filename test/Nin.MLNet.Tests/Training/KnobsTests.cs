using Microsoft.ML;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training;

/// <summary>
/// Each knob does what its comment says. Those with their own class (optimiser, schedule, averaging, initialisation,
/// augmentation, dropout) are tested there.
/// </summary>
[TestClass]
public sealed class KnobsTests
{
    private static readonly MLContext Context = new(1);

    [TestMethod]
    public void GradientClipping_TinyNorm_BoundsTheWayTheWeightsGo()
    {
        var options = SyntheticImages.Quick();
        (options.Momentum, options.Nesterov, options.WeightDecay, options.MaxGradientNorm, options.NumberOfEpochs) = (0, false, 0, 1e-3, 1);
        (options.RestoreBestWeights, options.BatchSize) = (false, 32);
        float[]? before = null;
        var callback = new AtStart(training => before = Values(training.Run.Network.Parameters));
        float[]? after = null;
        options.Callbacks.Add(callback);
        options.Callbacks.Add(NinCallback.AfterEpoch(training => after = Values(training.Run.Network.Parameters)));
        var history = Trained.On(options).History;
        var distance = Math.Sqrt(after!.Zip(before!).Sum(pair => Math.Pow(pair.First - pair.Second, 2)));
        // Five steps, each at most learning rate times norm.
        Assert.IsLessThanOrEqualTo(5 * options.LearningRate * 1e-3 * 1.01, distance);
        Assert.IsGreaterThan(1e-3, history[0].GradientNorm);

        static float[] Values(TorchSharp.torch.Tensor tensor)
        {
            using var copy = tensor.detach();
            return copy.data<float>().ToArray();
        }
    }

    // Two threads in one small part would wait for each other at every layer. Parts of two threads add up in another order.
    [TestMethod]
    [DataRow(16, true)]
    [DataRow(31, true)]
    [DataRow(64, false)]
    public void Threads_BatchOfOneSmallPart_TakesASingleOne(int batchSize, bool isOnePart)
    {
        var options = SyntheticImages.Quick();
        (options.BatchSize, options.Threads) = (batchSize, 1);
        var alone = Trained.On(options).Weights;
        options.Threads = 2;
        Assert.AreEqual(isOnePart, alone.SequenceEqual(Trained.On(options).Weights));
    }

    [TestMethod]
    public void LabelSmoothing_Half_MakesScoresHumbler()
    {
        var options = SyntheticImages.Quick();
        options.NumberOfEpochs = 8;
        var sure = MeanHighestScore(options);
        options.LabelSmoothing = 0.5;
        var humble = MeanHighestScore(options);
        Assert.IsGreaterThan(0.9, sure);
        // Half the target is spread over three classes, so the right one keeps two thirds.
        Assert.AreEqual(0.667, humble, 0.1);
    }

    [TestMethod]
    public void ClassWeights_ZeroForOneClass_NeverPredictsIt()
    {
        var options = SyntheticImages.Quick();
        options.NumberOfEpochs = 8;
        options.ClassWeights = [1, 1, 0];
        var predicted = Predict(options, SyntheticImages.Keyed(Context, 200));
        Assert.IsFalse(predicted.Contains(3u));
    }

    [TestMethod]
    public void ExampleWeights_ZeroForLies_LearnsTheTruth()
    {
        // Every other row has a wrong label and no weight.
        var rows = SyntheticImages.Rows(400).Select((row, i) => new Weighed
        {
            Features = row.Features,
            Label = i % 2 == 0 ? row.Label : "class 0",
            Weight = i % 2 == 0 ? 1 : 0,
        });
        var data = Context.Data.LoadFromEnumerable(rows);
        var keyed = Context.Transforms.Conversion.MapValueToKey("Label").Fit(data);
        var options = SyntheticImages.Quick();
        (options.NumberOfEpochs, options.ExampleWeightColumnName, options.ValidationSetFraction) = (8, "Weight", 0);
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(keyed.Transform(data));
        var truth = keyed.Transform(Context.Data.LoadFromEnumerable(SyntheticImages.Rows(90, seed: 3)));
        Assert.IsGreaterThan(0.95, Context.MulticlassClassification.Evaluate(model.Transform(truth)).MicroAccuracy);
    }

    [TestMethod]
    public void BatchSize_OfRows_DecidesTheNumberOfSteps()
    {
        var options = SyntheticImages.Quick();
        var steps = 0;
        (options.NumberOfEpochs, options.BatchSize) = (2, 50);
        options.Callbacks.Add(NinCallback.AfterStep(_ => steps++));
        Trained.On(options);
        // 160 rows to train on.
        Assert.AreEqual(2 * 4, steps);
    }

    // 161 rows to train on; they are few.
    [TestMethod]
    [DataRow(1, 11)]
    [DataRow(2, 6)]
    public void BatchSize_LeftOpen_IsSmallForFewRows(int accumulation, int steps)
    {
        var options = SyntheticImages.Quick();
        (options.NumberOfEpochs, options.BatchSize, options.GradientAccumulation) = (2, null, accumulation);
        var taken = 0;
        options.Callbacks.Add(NinCallback.AfterStep(_ => taken++));
        Trained.On(options);
        Assert.AreEqual(2 * steps, taken);
    }

    [TestMethod]
    public void LastReLU_On_GivesNoNegativeLogit()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        TorchSharp.torch.random.manual_seed(1);
        foreach (var lastReLU in new[] { true, false })
        {
            using var network = new MLNet.Network.NinNetwork(
                NinArchitecture.Small(1, 3, 8) with { LastReLU = lastReLU }, TorchSharp.torch.CPU);
            MLNet.Network.WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
            var logits = network.Forward(TorchSharp.torch.randn(64, 1, 12, 12), new MLNet.Network.DropoutRandom(1));
            Assert.AreEqual(!lastReLU, logits.min().item<float>() < 0);
        }
    }

    [TestMethod]
    [DataRow(NinTrainer.Metric.ValidationAccuracy)]
    [DataRow(NinTrainer.Metric.ValidationLoss)]
    public void RestoreBestWeights_LaterEpochsWorse_BringsTheBestOnesBack(NinTrainer.Metric metric)
    {
        var options = SyntheticImages.Quick();
        // A constant learning rate, far too high to converge.
        (options.NumberOfEpochs, options.Schedule, options.LearningRate, options.Metric) = (8, NinTrainer.Schedule.Constant, 0.5, metric);
        var validation = SyntheticImages.Keyed(Context, 90, seed: 9);
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 120), validation);
        var found = Context.MulticlassClassification.Evaluate(model.Transform(validation));
        if (metric == NinTrainer.Metric.ValidationAccuracy)
            Assert.AreEqual(model.Model.History.Max(epoch => epoch.ValidationAccuracy!.Value), found.MicroAccuracy, 1e-6);
        else
            Assert.AreEqual(model.Model.History.Min(epoch => epoch.ValidationLoss!.Value), found.LogLoss, 1e-3);
        options.RestoreBestWeights = false;
        using var last = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 120), validation);
        Assert.AreEqual(
            last.Model.History[^1].ValidationAccuracy!.Value,
            Context.MulticlassClassification.Evaluate(last.Transform(validation)).MicroAccuracy,
            1e-6);
    }

    private static double MeanHighestScore(NinTrainer.Options options)
    {
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 300));
        return TrainerContractTests.Scores(model, SyntheticImages.Keyed(Context, 60)).Chunk(3).Average(row => row.Max());
    }

    private static uint[] Predict(NinTrainer.Options options, IDataView data)
    {
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        return
        [
            .. Context.Data.CreateEnumerable<Predicted>(model.Transform(data), reuseRowObject: false)
                .Select(row => row.PredictedLabel),
        ];
    }

    private sealed class Predicted
    {
        [Microsoft.ML.Data.KeyType(3)]
        public uint PredictedLabel { get; set; }
    }

    private sealed class Weighed
    {
        public string Label { get; set; } = "";

        [Microsoft.ML.Data.VectorType(SyntheticImages.Side * SyntheticImages.Side)]
        public float[] Features { get; set; } = [];

        public float Weight { get; set; }
    }
}
