using Nin.MLNet.Data;

namespace Nin.MLNet.Tests.Data;

[TestClass]
public sealed class PixelStoreTests
{
    [TestMethod]
    public void Add_WholeNumbers_KeepsBytes()
    {
        using var store = new PixelStore(4);
        store.Add([0, 1, 254, 255]);
        Assert.IsTrue(store.IsBytes);
        CollectionAssert.AreEqual(new byte[] { 0, 1, 254, 255 }, store.Image<byte>(0).ToArray());
        Assert.AreEqual(4, store.Size);
    }

    [TestMethod]
    [DataRow(0.5f)]
    [DataRow(-1f)]
    [DataRow(256f)]
    public void Add_OtherNumberInAnyPlace_WidensAllWithoutLoss(float other)
    {
        // One image fills a quarter of a chunk, so that both the edge and the middle of chunks are met.
        const int size = 1 << 20;
        for (var at = 0; at < 6; at++)
        {
            using var store = new PixelStore(size);
            for (var i = 0; i < 7; i++)
            {
                var image = new float[size];
                image[^1] = i == at ? other : i;
                store.Add(image);
            }

            Assert.IsFalse(store.IsBytes);
            for (var i = 0; i < 7; i++)
                Assert.AreEqual(i == at ? other : i, store.Image<float>(i)[^1], $"image {i}, widened at {at}");
        }
    }
}
