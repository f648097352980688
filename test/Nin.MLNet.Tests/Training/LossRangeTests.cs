using Nin.MLNet.Training;

namespace Nin.MLNet.Tests.Training;

[TestClass]
public sealed class LossRangeTests
{
    [TestMethod]
    public void Of_EvenClasses_RunsFromAUniformGuessToNothing()
    {
        var range = LossRange.Of([0.25, 0.25, 0.25, 0.25], 0);
        Assert.AreEqual(Math.Log(4), range.Blind, 1e-12);
        Assert.AreEqual(0, range.Perfect, 1e-12);
    }

    [TestMethod]
    public void Of_UnevenClasses_IsTheEntropyOfTheirShares() =>
        Assert.AreEqual(-((0.9 * Math.Log(0.9)) + (0.1 * Math.Log(0.1))), LossRange.Of([0.9, 0.1], 0).Blind, 1e-12);

    // Nothing is left to learn, so no loss, however it is rounded, says that a network is dead or was alive.
    [TestMethod]
    [DataRow(0)]
    [DataRow(0.1)]
    public void LearntShare_SingleClass_IsAlwaysOne(double smoothing)
    {
        var range = LossRange.Of([1, 0, 0], smoothing);
        foreach (var error in new[] { -1e-7, 0, 1e-7, 1 })
            Assert.AreEqual(1, range.LearntShare(range.Blind + error), $"{error}");
    }

    [TestMethod]
    public void Of_Smoothing_LeavesALossThatNoNetworkGoesBelow()
    {
        var range = LossRange.Of([.. Enumerable.Repeat(0.1, 10)], 0.9);
        Assert.AreEqual(Math.Log(10), range.Blind, 1e-12);
        Assert.AreEqual(-((0.19 * Math.Log(0.19)) + (9 * 0.09 * Math.Log(0.09))), range.Perfect, 1e-12);
        Assert.AreEqual(1, range.LearntShare(range.Perfect), 1e-9);
    }
}
