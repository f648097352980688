using Nin.MLNet.Fitting;

namespace Nin.MLNet.Tests.Fitting;

[TestClass]
public sealed class BatchCheckTests
{
    private static readonly NinImageShape Photo = new(3, 3_000, 4_000);

    [TestMethod]
    [DataRow(128, 60, true)]
    [DataRow(128, 15, false)]
    [DataRow(14, 1_000, false)]
    public void AfterReading_BatchOfTwoGibibytes_NamesWhatFits(int batchSize, int images, bool isBytes)
    {
        if (batchSize == 14)
        {
            BatchCheck.AfterReading(batchSize, images, Photo, isBytes);
            batchSize++;
        }

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => BatchCheck.AfterReading(batchSize, images, Photo, isBytes));
        StringAssert.Contains(error.Message, $"Options.BatchSize is {batchSize}, but {Math.Min(batchSize, images)} images of 3x3000x4000");
        StringAssert.Contains(error.Message, $"set it to at most {(isBytes ? 59 : 14)}, or make the images smaller");
    }

    [TestMethod]
    public void AfterReading_FewerImagesThanABatchMayHave_CountsThem() =>
        BatchCheck.AfterReading(65_536, 59, Photo, isBytes: true);
}
