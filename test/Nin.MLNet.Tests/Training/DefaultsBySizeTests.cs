using Nin.MLNet.Training;

namespace Nin.MLNet.Tests.Training;

[TestClass]
public sealed class DefaultsBySizeTests
{
    [TestMethod]
    [DataRow(60_000, 128, 10)]
    [DataRow(1_000_000, 128, 10)]
    [DataRow(20_000, 128, 30)]
    [DataRow(1_000, 128, 60)]
    [DataRow(300, 128, 60)]
    [DataRow(200, 128, 75)]
    [DataRow(24, 128, 150)]
    [DataRow(24, 4, 60)]
    public void EpochsFor_AnyNumberOfImages_AreTenToSixtyOrAHundredAndFiftySteps(int images, int imagesAStep, int expected) =>
        Assert.AreEqual(expected, DefaultsBySize.EpochsFor(images, imagesAStep));

    [TestMethod]
    [DataRow(0, 16)]
    [DataRow(499, 16)]
    [DataRow(500, 32)]
    [DataRow(4_999, 32)]
    [DataRow(5_000, 64)]
    [DataRow(19_999, 64)]
    [DataRow(20_000, 128)]
    [DataRow(10_000_000_000, 128)]
    public void BatchSizeFor_FewImages_IsSmall(long images, int expected) =>
        Assert.AreEqual(expected, DefaultsBySize.BatchSizeFor(images));

    [TestMethod]
    [DataRow(128, 0.0, 64)]
    [DataRow(128, 299_999.0, 64)]
    [DataRow(128, 300_000.0, 128)]
    [DataRow(32, 1_000.0, 32)]
    public void InShortTraining_FewImagesSeen_IsSmaller(int batchSize, double imagesSeen, int expected) =>
        Assert.AreEqual(expected, DefaultsBySize.InShortTraining(batchSize, imagesSeen));

    [TestMethod]
    [DataRow(128, 1, 128)]
    [DataRow(128, 3, 43)]
    [DataRow(128, 100, 16)]
    [DataRow(32, 2, 16)]
    [DataRow(16, 2, 16)]
    public void OfEachRank_AnyNumberOfRanks_SharesTheBatchDownTo16(int batchSize, int ranks, int expected) =>
        Assert.AreEqual(expected, DefaultsBySize.OfEachRank(batchSize, ranks));

    [TestMethod]
    [DataRow(300, 1, 2.0)]
    [DataRow(4_999, 1, 2.0)]
    [DataRow(5_000, 1, 1.0)]
    [DataRow(19_999, 1, 1.0)]
    [DataRow(20_000, 1, 0.0)]
    [DataRow(300, 3, 0.0)]
    public void GammaChangeFor_FewGreyImages_IsLarge(long images, int channels, double expected) =>
        Assert.AreEqual(expected, DefaultsBySize.GammaChangeFor(images, channels));

    [TestMethod]
    [DataRow(1, NinTrainer.Mirroring.On, 0.5)]
    [DataRow(1, NinTrainer.Mirroring.Auto, 0.5)]
    [DataRow(1, NinTrainer.Mirroring.Off, 0.0)]
    [DataRow(3, NinTrainer.Mirroring.On, 0.0)]
    public void CutMixFor_GreyImagesThatMayBeMirrored_IsHalf(int channels, NinTrainer.Mirroring flip, double expected) =>
        Assert.AreEqual(expected, DefaultsBySize.CutMixFor(channels, flip));
}
