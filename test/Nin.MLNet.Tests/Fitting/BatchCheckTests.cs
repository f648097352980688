using Nin.MLNet.Fitting;
using Nin.MLNet.Training;

namespace Nin.MLNet.Tests.Fitting;

[TestClass]
public sealed class BatchCheckTests
{
    private static readonly NinImageShape Photo = new(3, 3_000, 4_000);

    [TestMethod]
    [DataRow(128, 60, 60, true)]
    [DataRow(128, 15, 15, false)]
    [DataRow(15, 1_500, 15, false)]
    public void AfterReading_BatchOfTwoGibibytes_NamesWhatFits(int batchSize, int images, int largest, bool isBytes)
    {
        using var source = new Images(images);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => BatchCheck.AfterReading(batchSize, source, Photo, isBytes));
        StringAssert.Contains(error.Message, $"Options.BatchSize is {batchSize}, but {largest} images of 3x3000x4000");
        StringAssert.Contains(error.Message, $"set it to at most {(isBytes ? 59 : 14)}, or make the images smaller");
    }

    // 59 fit: 118 images in batches of at most 100 are two of 59.
    [TestMethod]
    [DataRow(65_536, 59)]
    [DataRow(59, 1_000)]
    [DataRow(100, 118)]
    public void AfterReading_BatchesThatFit_Passes(int batchSize, int images)
    {
        using var source = new Images(images);
        BatchCheck.AfterReading(batchSize, source, Photo, isBytes: true);
    }

    private sealed class Images(int count) : IImageSource
    {
        public long Count => count;

        public long CountOfAll => count;

        public bool IsMirrored { get; set; }

        public int CountBatches(int batchSize) => (count + batchSize - 1) / batchSize;

        public IEnumerable<ImageBatch> Batches(int batchSize, ulong? seed, int epoch = 0) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
