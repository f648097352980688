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
    [DataRow(60_000, 0.0, 64)]
    [DataRow(60_000, 4.9, 64)]
    [DataRow(60_000, 5.0, 128)]
    [DataRow(1_000_000, 0.5, 128)]
    [DataRow(4_000, 1.0, 32)]
    [DataRow(400, 10_000.0, 16)]
    public void BatchSizeFor_FewLooksAtManyImages_IsSmaller(long images, double passes, int expected) =>
        Assert.AreEqual(expected, DefaultsBySize.BatchSizeFor(images, passes));
}
