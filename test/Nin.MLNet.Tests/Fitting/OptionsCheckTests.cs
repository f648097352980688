using Microsoft.ML;

namespace Nin.MLNet.Tests.Fitting;

[TestClass]
public sealed class OptionsCheckTests
{
    public static IEnumerable<object[]> Wrong =>
    [
        [new NinTrainer.Options { BatchSize = 0 }, "Options.BatchSize is 0"],
        [new NinTrainer.Options { LearningRate = -0.1 }, "Options.LearningRate is -0.1"],
        [new NinTrainer.Options { LearningRate = double.NaN }, "Options.LearningRate is NaN"],
        [new NinTrainer.Options { NumberOfEpochs = 0 }, "Options.NumberOfEpochs is 0"],
        [new NinTrainer.Options { LabelSmoothing = 1 }, "Options.LabelSmoothing is 1"],
        [new NinTrainer.Options { MaxShiftPixels = -1 }, "Options.MaxShiftPixels is -1"],
        [new NinTrainer.Options { MaxRotationDegrees = 181 }, "Options.MaxRotationDegrees is 181: it must lie in [0, 180]"],
        [new NinTrainer.Options { MaxScaling = double.NaN }, "Options.MaxScaling is NaN: it must lie in [0, 1]"],
        [new NinTrainer.Options { MaxGammaChange = 9.5 }, "Options.MaxGammaChange is 9.5: it must lie in [0, 9]"],
        [new NinTrainer.Options { CutMixProbability = -0.5 }, "Options.CutMixProbability is -0.5: it must lie in [0, 1]"],
        [new NinTrainer.Options { ValidationSetFraction = 0.6 }, "Options.ValidationSetFraction is 0.6"],
        [new NinTrainer.Options { Optimizer = (NinTrainer.Optimizer)7 }, "Options.Optimizer is 7"],
        [new NinTrainer.Options { LabelColumnName = "" }, "Options.LabelColumnName is empty"],
    ];

    [TestMethod]
    [DynamicData(nameof(Wrong))]
    public void Nin_OptionOutOfRange_NamesOptionAndValue(NinTrainer.Options options, string expected)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new MLContext().MulticlassClassification.Trainers.Nin(options));
        StringAssert.Contains(error.Message, expected);
    }

    [TestMethod]
    public void D2L_Recipe_IsTheBooks()
    {
        var options = NinTrainer.Options.D2L();
        Assert.AreEqual(
            (224, 0.1, 128, 10, NinTrainer.Initialization.Xavier, NinTrainer.Optimizer.Sgd, 0.0, NinTrainer.Schedule.Constant),
            (options.ResizeTo!.Value, options.LearningRate, options.BatchSize, options.NumberOfEpochs,
                options.Initialization, options.Optimizer, options.Momentum, options.Schedule));
        // The book's recipe has none of what the default recipe adds.
        Assert.AreEqual(
            (0.0, 0.0, NinTrainer.Mirroring.Off, 0, 0.0, 0.0, 0.0, 0.0, 0.0, NinTrainer.WeightAveraging.None, 0.0, false),
            (options.WeightDecay, options.LabelSmoothing, options.HorizontalFlip, options.MaxShiftPixels, options.MaxRotationDegrees,
                options.MaxScaling, options.MaxGammaChange, options.RandomErasingProbability, options.CutMixProbability,
                options.WeightAveraging, options.ValidationSetFraction, options.Nesterov));
        Assert.AreEqual(NinArchitecture.D2L(), options.Architecture(1, 10));
    }

    [TestMethod]
    public void Best_Recipe_HasFewerThanAMillionParametersAndLearnsFromEveryImage()
    {
        var options = NinTrainer.Options.Best();
        Assert.IsLessThan(1_000_000, options.Architecture(1, 10).ParameterCount);
        Assert.AreEqual(0, options.ValidationSetFraction);
    }
}
