using Microsoft.ML;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training;

/// <summary>Each knob does what its comment says. Those with a class of their own (optimiser, schedule, averaging, initialisation, augmentation, dropout) are tested there.</summary>
[TestClass]
public sealed class KnobsTests
{
    private static readonly MLContext Context = new(1);

    // 161 rows. With 64 a step, an epoch's last step has 33 examples either way, and the second time it ends in the middle of a group.
    [TestMethod]
    [DataRow(32, 2)]
    [DataRow(64, 4)]
    public void GradientAccumulation_PartsOfABatch_GiveTheWeightsOfTheWhole(int batch, int parts)
    {
        var options = SyntheticImages.Quick();
        options.Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 8) with { BatchNorm = false };
        (options.LearningRate, options.NumberOfEpochs, options.BatchSize) = (0.01, 2, batch);
        var (whole, _) = TrainingLoopTests.Train(options);
        (options.BatchSize, options.GradientAccumulation) = (batch / parts, parts);
        var (accumulated, _) = TrainingLoopTests.Train(options);
        for (var i = 0; i < whole.Length; i++)
            Assert.AreEqual(whole[i], accumulated[i], 1e-5f);
    }

    [TestMethod]
    public void GradientClipping_TinyNorm_BoundsTheWayTheWeightsGo()
    {
        var options = SyntheticImages.Quick();
        (options.Momentum, options.Nesterov, options.WeightDecay, options.MaxGradientNorm, options.NumberOfEpochs) = (0, false, 0, 1e-3, 1);
        float[]? before = null;
        var (after, history) = TrainingLoopTests.Train(options, network => before = network.Parameters.detach().data<float>().ToArray());
        var distance = Math.Sqrt(after.Zip(before!).Sum(pair => Math.Pow(pair.First - pair.Second, 2)));
        // Five steps of at most rate times norm.
        Assert.IsLessThanOrEqualTo(5 * options.LearningRate * 1e-3 * 1.01, distance);
        Assert.IsGreaterThan(1e-3, history[0].GradientNorm);
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
        // Half the target is spread over three classes: the right one keeps two thirds.
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
        // Every other row lies about its class, and weighs nothing.
        var rows = SyntheticImages.Rows(400).Select((row, i) => new Weighed { Features = row.Features, Label = i % 2 == 0 ? row.Label : "class 0", Weight = i % 2 == 0 ? 1 : 0 });
        var data = Context.Data.LoadFromEnumerable(rows);
        var keyed = Context.Transforms.Conversion.MapValueToKey("Label").Fit(data);
        var options = SyntheticImages.Quick();
        (options.NumberOfEpochs, options.ExampleWeightColumnName, options.ValidationSetFraction) = (8, "Weight", 0);
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(keyed.Transform(data));
        var truth = keyed.Transform(Context.Data.LoadFromEnumerable(SyntheticImages.Rows(90, seed: 3)));
        Assert.IsGreaterThan(0.95, Context.MulticlassClassification.Evaluate(model.Transform(truth)).MicroAccuracy);
    }

    [TestMethod]
    public void BalancedClasses_NinetyNineToOne_FindsTheRareClass()
    {
        var rare = SyntheticImages.Rows(600, classes: 2).Where((row, i) => row.Label == "class 0" || i % 100 == 1).ToArray();
        var options = SyntheticImages.Quick();
        (options.NumberOfEpochs, options.ClassWeights, options.ValidationSetFraction) = (10, NinClassWeights.Balanced, 0);
        var keys = Context.Transforms.Conversion.MapValueToKey("Label").Fit(Context.Data.LoadFromEnumerable(rare));
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(keys.Transform(Context.Data.LoadFromEnumerable(rare)));
        var even = keys.Transform(Context.Data.LoadFromEnumerable(SyntheticImages.Rows(100, classes: 2, seed: 5)));
        Assert.IsGreaterThan(0.8, Context.MulticlassClassification.Evaluate(model.Transform(even)).ConfusionMatrix.PerClassRecall[1]);
    }

    [TestMethod]
    public void BatchSize_OfRows_DecidesTheNumberOfSteps()
    {
        var options = SyntheticImages.Quick();
        var steps = 0;
        (options.NumberOfEpochs, options.BatchSize, options.OnBatch) = (2, 50, _ => steps++);
        TrainingLoopTests.Train(options);
        // 161 rows to train on.
        Assert.AreEqual(2 * 4, steps);
    }

    [TestMethod]
    public void LastReLU_On_GivesNoNegativeLogit()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        TorchSharp.torch.random.manual_seed(1);
        foreach (var lastReLU in new[] { true, false })
        {
            using var network = new MLNet.Network.NinNetwork(NinArchitecture.Small(1, 3, 8) with { LastReLU = lastReLU }, TorchSharp.torch.CPU);
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
        // A constant rate far too high to settle.
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
        Assert.AreEqual(last.Model.History[^1].ValidationAccuracy!.Value, Context.MulticlassClassification.Evaluate(last.Transform(validation)).MicroAccuracy, 1e-6);
    }

    private static double MeanHighestScore(NinTrainer.Options options)
    {
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 300));
        return TrainerContractTests.Scores(model, SyntheticImages.Keyed(Context, 60)).Chunk(3).Average(row => row.Max());
    }

    private static uint[] Predict(NinTrainer.Options options, IDataView data)
    {
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        return [.. Context.Data.CreateEnumerable<Predicted>(model.Transform(data), reuseRowObject: false).Select(row => row.PredictedLabel)];
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
