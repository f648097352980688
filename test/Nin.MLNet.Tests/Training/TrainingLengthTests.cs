using Nin.MLNet.Training;

namespace Nin.MLNet.Tests.Training;

[TestClass]
public sealed class TrainingLengthTests
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
        Assert.AreEqual(expected, TrainingLength.EpochsFor(images, imagesAStep));
}
