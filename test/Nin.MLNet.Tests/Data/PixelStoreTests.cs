using System.Diagnostics;
using Nin.MLNet.Data;

namespace Nin.MLNet.Tests.Data;

[TestClass]
public sealed class PixelStoreTests
{
    [TestMethod]
    public void Add_WholeNumbers_KeepsBytes()
    {
        using var store = new PixelStore(4, budget: 100, Path.GetTempPath());
        store.Add([0, 1, 254, 255]);
        var image = new byte[4];
        store.Read<byte>(0, image);
        Assert.IsTrue(store.IsBytes);
        CollectionAssert.AreEqual(new byte[] { 0, 1, 254, 255 }, image);
        Assert.AreEqual((4L, 0L), (store.BytesInMemory, store.BytesOnDisk));
    }

    [TestMethod]
    [DataRow(0.5f)]
    [DataRow(-1f)]
    [DataRow(256f)]
    public void Add_OtherNumberInAnyPlaceAndAnyBudget_LosesNothing(float other)
    {
        // An image takes a quarter of a chunk as bytes and a whole one as floats, which tests both the edge and the middle of chunks.
        const int size = 1 << 20, images = 7;
        float[][] plain =
        [
            .. Enumerable.Range(0, images)
                .Select(i => Enumerable.Range(0, size).Select(p => (float)((p + i) & 255)).ToArray()),
        ];
        foreach (var budget in new long[] { 0, 3 * size, 5 * size, long.MaxValue })
        {
            foreach (var at in new[] { 0, 3, 4, 6 })
            {
                using var store = new PixelStore(size, budget, Path.GetTempPath());
                for (var i = 0; i < images; i++)
                    store.Add(Image(i, at));
                store.Complete();

                Assert.IsFalse(store.IsBytes);
                Assert.IsLessThanOrEqualTo(budget, store.BytesInMemory);
                var image = new float[size];
                for (var i = images - 1; i >= 0; i--)
                {
                    store.Read<float>(i, image);
                    Assert.IsTrue(image.AsSpan().SequenceEqual(Image(i, at)), $"image {i}, float {at}, budget {budget}");
                }
            }
        }

        float[] Image(int i, int at)
        {
            plain[i][^1] = i == at ? other : i;
            return plain[i];
        }
    }

    [TestMethod]
    public void Add_FloatsAfterABudgetOfBytes_TakesNoMoreMemoryThanTheBudgetAndAChunk()
    {
        const int size = 1 << 20, megabyte = 1 << 20;
        var image = new float[size];
        using var store = new PixelStore(size, budget: 64 * megabyte, Path.GetTempPath());
        var before = Resident();
        var most = 0L;
        for (var i = 0; i < 128; i++)
        {
            image[0] = i < 64 ? i : 0.5f;
            store.Add(image);
            most = Math.Max(most, Resident() - before);
        }

        Assert.AreEqual((64L * megabyte, 256L * megabyte), (store.BytesInMemory, store.BytesOnDisk));
        Assert.IsLessThan(90L * megabyte, most);

        static long Resident()
        {
            using var process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }

    [TestMethod]
    public void Read_FromManyThreads_GivesTheRightImages()
    {
        using var store = new PixelStore(16, budget: 160, Path.GetTempPath());
        for (var i = 0; i < 200; i++)
            store.Add(Enumerable.Repeat((float)i, 16).ToArray());
        store.Complete();
        Parallel.For(0, 2_000, i =>
        {
            var image = new byte[16];
            store.Read<byte>(i % 200, image);
            Assert.IsTrue(image.All(value => value == i % 200));
        });
    }
}
