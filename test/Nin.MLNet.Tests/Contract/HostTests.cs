using Microsoft.ML;
using TorchSharp;

namespace Nin.MLNet.Tests.Contract;

/// <summary>What the trainer takes from its host and leaves behind in the process.</summary>
[TestClass]
public sealed class HostTests
{
    [TestMethod]
    public void Fit_HostCancelled_Throws()
    {
        var context = new MLContext(1);
        var options = SyntheticImages.Quick();
        // AutoML calls this; it is internal to ML.NET.
        var cancel = typeof(MLContext)
            .GetMethod("CancelExecution", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!;
        options.Callbacks.Add(NinCallback.AfterStep(_ => cancel.Invoke(context, null)));
        Assert.Throws<OperationCanceledException>(
            () => context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, 60)));
    }

    [TestMethod]
    public void Fit_SameContextSeed_GivesTheSameScores()
    {
        float[] Train(int seed)
        {
            var context = new MLContext(seed);
            var options = SyntheticImages.Quick();
            options.Seed = null;
            var data = SyntheticImages.Keyed(context, 60);
            using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(data);
            return TrainerContractTests.Scores(model, data);
        }

        var first = Train(5);
        Assert.IsTrue(first.SequenceEqual(Train(5)));
        Assert.IsFalse(first.SequenceEqual(Train(6)));
    }

    [TestMethod]
    public void Predict_ManyTimes_LeavesNoTensorAlive()
    {
        var context = new MLContext(1);
        var data = SyntheticImages.Keyed(context, 60);
        var model = context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(data);
        var rows = SyntheticImages.Rows(10);
        using var engine = context.Model.CreatePredictionEngine<SyntheticImages.Row, Scored>(model);
        engine.Predict(rows[0]);
        // Weights are packed once for each batch size that occurs.
        _ = TrainerContractTests.Scores(model, data);
        var before = TensorsAfterCollection();
        for (var i = 0; i < 100; i++)
            engine.Predict(rows[i % 10]);
        Assert.IsLessThanOrEqualTo(before, torch.Tensor.TotalCount);
        _ = TrainerContractTests.Scores(model, data);
        Assert.IsLessThanOrEqualTo(before, torch.Tensor.TotalCount);
    }

    [TestMethod]
    public void Fit_ThenDispose_LeavesNoTensorAlive()
    {
        var context = new MLContext(1);
        var data = SyntheticImages.Keyed(context, 60);
        var options = SyntheticImages.Quick();
        options.WeightAveraging = NinTrainer.WeightAveraging.Ema;
        var trainer = context.MulticlassClassification.Trainers.Nin(options);
        var before = TensorsAfterCollection();
        trainer.Fit(data).Dispose();
        Assert.IsLessThanOrEqualTo(before, torch.Tensor.TotalCount);
    }

    [TestMethod]
    public void Fit_ScoringAlongside_LeavesTheGlobalGeneratorAlone()
    {
        var context = new MLContext(1);
        var data = SyntheticImages.Keyed(context, 60);
        using var random = torch.manual_seed(3);
        using var expected = torch.rand(4);
        using var again = torch.manual_seed(3);
        using var model = context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(data);
        _ = TrainerContractTests.Scores(model, data);
        using var actual = torch.rand(4);
        CollectionAssert.AreEqual(expected.data<float>().ToArray(), actual.data<float>().ToArray());
    }

    [TestMethod]
    public void Fit_UnknownDevice_NamesTheChoices()
    {
        var context = new MLContext(1);
        var options = SyntheticImages.Quick();
        options.Device = "gpu";
        var error = Assert.Throws<ArgumentException>(
            () => context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, 20)));
        StringAssert.Contains(error.Message, "\"cuda\"");
    }

    [TestMethod]
    public void Fit_UnevenValidationSet_CountsEveryBatch()
    {
        var context = new MLContext(1);
        var options = SyntheticImages.Quick();
        (options.BatchSize, options.RestoreBestWeights) = (32, false);
        var train = SyntheticImages.Keyed(context, 90);
        // 70 images: two batches of 32 and one of 6.
        var validation = SyntheticImages.Keyed(context, 70, seed: 9);
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(train, validation);
        var metrics = context.MulticlassClassification.Evaluate(model.Transform(validation));
        Assert.AreEqual(metrics.MicroAccuracy, model.Model.History[^1].ValidationAccuracy!.Value, 1e-9);
        Assert.AreEqual(metrics.LogLoss, model.Model.History[^1].ValidationLoss!.Value, 1e-4);
    }

    /// <summary>
    /// Without what earlier tests left to the collector. What is compared with this must not be collected first: a tensor that is not
    /// disposed counts as alive.
    /// </summary>
    private static long TensorsAfterCollection()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.Tensor.TotalCount;
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
