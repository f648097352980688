using Microsoft.ML;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training;

/// <summary>Loss, class and example weights, gradient accumulation.</summary>
[TestClass]
public sealed class LearnerTests
{
    private static readonly MLContext Context = new(1);

    // 161 rows: one step per epoch, or two of 81 and 80 rows, where the last part has one row less.
    [TestMethod]
    [DataRow(161, 41, 4)]
    [DataRow(81, 27, 3)]
    public void GradientAccumulation_PartsOfABatch_GiveTheWeightsOfTheWhole(int batch, int part, int parts)
    {
        var options = SyntheticImages.Quick();
        options.Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 8) with { BatchNorm = false };
        (options.LearningRate, options.NumberOfEpochs, options.BatchSize, options.RestoreBestWeights) = (0.01, 2, batch, false);
        var whole = Trained.On(options).Weights;
        (options.BatchSize, options.GradientAccumulation) = (part, parts);
        var accumulated = Trained.On(options).Weights;
        for (var i = 0; i < whole.Length; i++)
            Assert.AreEqual(whole[i], accumulated[i], 1e-5f);
    }

    [TestMethod]
    public void GradientAccumulation_FiveBatchesOfNoise_TellsNoLossOfZero()
    {
        var options = SyntheticImages.Quick();
        (options.GradientAccumulation, options.LearningRate, options.NumberOfEpochs, options.BatchSize) = (2, 1e-7, 40, 16);
        var random = new Random(3);
        var rows = Enumerable.Range(0, 80).Select(i => new SyntheticImages.Row
        {
            Label = $"{i % 10}",
            Features = [.. Enumerable.Range(0, 144).Select(_ => (float)random.Next(256))],
        });
        var losses = new List<double>();
        options.Callbacks.Add(NinCallback.AfterStep(training => losses.Add(training.Loss)));
        options.ValidationSetFraction = 0;
        // Also checks that no false collapse is reported: it would throw.
        options.OnCollapse = NinTrainer.CollapseAction.Throw;
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, rows));
        Assert.HasCount(40 * 3, losses);
        Assert.IsGreaterThan(1.8, losses.Min());
    }

    // Smoothing used to be weighted by every class's weight, so the common class was never predicted.
    [TestMethod]
    [DataRow(new[] { 300, 10 })]
    [DataRow(new[] { 600, 6 })]
    [DataRow(new[] { 400, 400, 4 })]
    public void ClassWeights_BalancedUnderLabelSmoothing_FindsEveryClass(int[] counts)
    {
        var rows = counts
            .SelectMany((count, k) =>
                SyntheticImages.Rows(counts.Length * count, counts.Length, seed: k + 1)
                    .Where(row => row.Label == $"class {k}"))
            .ToArray();
        var keys = Context.Transforms.Conversion.MapValueToKey("Label")
            .Fit(Context.Data.LoadFromEnumerable(rows.OrderBy(row => row.Label)));
        var options = SyntheticImages.Quick();
        (options.NumberOfEpochs, options.ClassWeights, options.ValidationSetFraction) = (12, NinClassWeights.Balanced, 0);
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(keys.Transform(Context.Data.LoadFromEnumerable(rows)));
        var even = keys.Transform(Context.Data.LoadFromEnumerable(SyntheticImages.Rows(50 * counts.Length, counts.Length, seed: 77)));
        var recall = Context.MulticlassClassification.Evaluate(model.Transform(even)).ConfusionMatrix.PerClassRecall;
        for (var k = 0; k < counts.Length; k++)
            Assert.IsGreaterThan(0.75, recall[k], $"class {k}: {string.Join(' ', recall)}");
    }

    [TestMethod]
    public void ClassWeights_BatchThatWeighsNothing_IsSkipped()
    {
        // 33 rows; some batches may contain only the third class.
        var options = SyntheticImages.Quick();
        options.ClassWeights = [1, 1, 0];
        (options.BatchSize, options.NumberOfEpochs, options.ValidationSetFraction) = (1, 4, 0);
        var looks = new List<(double Loss, double Norm)>();
        options.Callbacks.Add(NinCallback.AfterStep(training => looks.Add((training.Loss, training.GradientNorm))));
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 33));
        Assert.AreEqual(11 * 4, looks.Count(look => double.IsNaN(look.Loss)));
        Assert.IsTrue(looks.All(look => !(look.Loss > 100) && look.Norm < 1e4));
        Assert.IsTrue(model.Model.History.All(epoch => double.IsFinite(epoch.TrainLoss)));
        Assert.IsFalse(TrainerContractTests.Scores(model, SyntheticImages.Keyed(Context, 33)).Any(float.IsNaN));
    }

    // Between the last step and the callback, the weights are judged by another batch.
    [TestMethod]
    public void Loss_AfterAnEpoch_IsThatOfItsLastStep()
    {
        var options = SyntheticImages.Quick();
        var (step, after) = ((0.0, 0.0), new List<((double, double) Step, (double, double) Epoch)>());
        options.Callbacks.Add(NinCallback.AfterStep(training => step = (training.Loss, training.GradientNorm)));
        options.Callbacks.Add(NinCallback.AfterEpoch(training => after.Add((step, (training.Loss, training.GradientNorm)))));
        Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 90)).Dispose();
        Assert.HasCount(3, after);
        foreach (var (last, epoch) in after)
            Assert.AreEqual(last, epoch);
    }

    [TestMethod]
    public void Fit_EveryExampleWeightZero_SaysSo()
    {
        var rows = SyntheticImages.Rows(20).ToArray();
        foreach (var row in rows)
            row.Number = 0;
        var options = SyntheticImages.Quick();
        options.ExampleWeightColumnName = "Number";
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, rows)));
        StringAssert.Contains(error.Message, "20 of weight 0");
        StringAssert.Contains(error.Message, "'Number'");
    }
}
