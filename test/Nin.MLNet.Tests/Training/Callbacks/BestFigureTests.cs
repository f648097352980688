using Nin.MLNet.Tests.Contract;
using Nin.MLNet.Training.Callbacks;

namespace Nin.MLNet.Tests.Training.Callbacks;

[TestClass]
public sealed class BestFigureTests
{
    [TestMethod]
    public void Improves_NaNFirst_IsNeverTheBest()
    {
        var figure = new BestFigure(NinTrainer.Metric.ValidationLoss, lossDecidesTies: false);
        Assert.IsFalse(figure.Improves((double.NaN, 0.5)));
        Assert.IsTrue(figure.Improves((2, 0.5)));
        Assert.IsFalse(figure.Improves((double.NaN, 0.9)));
        Assert.IsTrue(figure.Improves((1.9, 0.4)));
        Assert.IsFalse(figure.Improves((1.9, 0.4)));
    }

    [TestMethod]
    public void Improves_Accuracy_ComparesAccuracy()
    {
        var figure = new BestFigure(NinTrainer.Metric.ValidationAccuracy, lossDecidesTies: true);
        Assert.IsTrue(figure.Improves((2, 0.5)));
        Assert.IsTrue(figure.Improves((1, 0.5)));
        Assert.IsFalse(figure.Improves((1.5, 0.5)));
        Assert.IsTrue(figure.Improves((3, 0.6)));
        // A NaN loss means that the network is unusable.
        Assert.IsFalse(figure.Improves((double.NaN, 0.9)));
    }

    [TestMethod]
    public void Restore_WhatSaveWrote_ComparesWithTheSameBest()
    {
        var figure = new BestFigure(NinTrainer.Metric.ValidationAccuracy, lossDecidesTies: true);
        Assert.IsTrue(figure.Improves((2, 0.5)));
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        figure.Save(writer);
        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        var restored = new BestFigure(NinTrainer.Metric.ValidationAccuracy, lossDecidesTies: true);
        restored.Restore(reader);
        Assert.IsFalse(restored.Improves((1, 0.4)));
        Assert.IsFalse(restored.Improves((2, 0.5)));
        Assert.IsTrue(restored.Improves((1.9, 0.5)));
    }

    [TestMethod]
    public void EarlyStoppingPatience_NothingBetter_StopsAndBringsTheBestBack()
    {
        var options = SyntheticImages.Quick();
        (options.NumberOfEpochs, options.EarlyStoppingPatience) = (30, 2);
        var history = Trained.On(options).History;
        Assert.IsLessThan(30, history.Count);
        Assert.AreEqual(history.Count - 2, history.MaxBy(epoch => epoch.ValidationAccuracy)!.Epoch);
    }
}
