using Microsoft.ML;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training;

[TestClass]
public sealed class LearningRateFinderTests
{
    [TestMethod]
    public void FindLearningRate_EasyImages_SuggestsARateBeforeTheExplosion()
    {
        var context = new MLContext(1);
        var options = SyntheticImages.Quick();
        var trainer = context.MulticlassClassification.Trainers.Nin(options);
        var curve = trainer.FindLearningRate(SyntheticImages.Keyed(context, 120), from: 1e-4, to: 100, steps: 60);
        Assert.AreEqual(1e-4, curve.Points[0].LearningRate, 1e-12);
        for (var i = 1; i < curve.Points.Count; i++)
            Assert.AreEqual(
                curve.Points[0].LearningRate * Math.Pow(1e6, i / 59.0),
                curve.Points[i].LearningRate,
                1e-6 * curve.Points[i].LearningRate);
        Assert.AreEqual(Math.Log(3), curve.Points[0].Loss, 1);
        var suggestion = curve.Suggestion;
        Assert.IsNotNull(suggestion);
        Assert.IsLessThan(curve.Points[^1].LearningRate, suggestion.Value);

        // Training at the suggested rate learns.
        (options.LearningRate, options.NumberOfEpochs) = (suggestion.Value, 8);
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, 120));
        Assert.IsLessThan(0.5, model.Model.History[^1].TrainLoss);
    }

    [TestMethod]
    public void FindLearningRate_FiveSeeds_SuggestRatesWithinAFactorOfTwo()
    {
        var suggestions = Enumerable.Range(1, 5).Select(seed =>
        {
            var context = new MLContext(seed);
            var options = SyntheticImages.Quick();
            options.Seed = seed;
            options.Architecture = (channels, count) => NinArchitecture.Small(channels, count, 8) with { BatchNorm = false };
            var curve = context.MulticlassClassification.Trainers.Nin(options).FindLearningRate(SyntheticImages.Keyed(context, 96));
            return curve.Suggestion!.Value;
        }).ToList();
        Assert.IsLessThanOrEqualTo(2.0, suggestions.Max() / suggestions.Min());
    }

    [TestMethod]
    public void FindLearningRate_OptionsThatNeedValidation_AreNoMatter()
    {
        var context = new MLContext(1);
        var options = SyntheticImages.Quick();
        (options.EarlyStoppingPatience, options.CalibrateTemperature, options.ValidationSetFraction) = (5, true, 0);
        var curve = context.MulticlassClassification.Trainers.Nin(options)
            .FindLearningRate(SyntheticImages.Keyed(context, 64), from: 1e-3, to: 1, steps: 10);
        Assert.HasCount(10, curve.Points);
    }

    [TestMethod]
    public void FindLearningRate_LossThatExplodes_EndsEarly()
    {
        var context = new MLContext(1);
        var options = SyntheticImages.Quick();
        options.Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 8) with { BatchNorm = false };
        var curve = context.MulticlassClassification.Trainers.Nin(options)
            .FindLearningRate(SyntheticImages.Keyed(context, 64), from: 1e-3, to: 100, steps: 40);
        Assert.IsLessThan(40, curve.Points.Count);
    }

    // The guard watches the classes' outputs of such networks, also while no training is under way.
    [TestMethod]
    public void FindLearningRate_NetworkThatEndsInAReLU_GivesACurve()
    {
        var context = new MLContext(1);
        var options = SyntheticImages.Quick();
        options.Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 8) with { LastReLU = true };
        var curve = context.MulticlassClassification.Trainers.Nin(options)
            .FindLearningRate(SyntheticImages.Keyed(context, 64), from: 1e-3, to: 1, steps: 20);
        Assert.HasCount(20, curve.Points);
    }

    [TestMethod]
    [DataRow(0, 1, 100)]
    [DataRow(1, 0.5, 100)]
    [DataRow(1e-3, 101, 100)]
    [DataRow(1e-3, 1, 9)]
    public void FindLearningRate_ParameterOutOfRange_SaysSo(double from, double to, int steps)
    {
        var context = new MLContext(1);
        var trainer = context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick());
        Assert.Throws<ArgumentException>(() => trainer.FindLearningRate(SyntheticImages.Keyed(context, 30), from, to, steps));
    }
}
