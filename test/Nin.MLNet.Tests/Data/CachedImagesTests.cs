using Microsoft.ML;
using Nin.MLNet.Data;
using Nin.MLNet.Tests.Contract;
using Nin.MLNet.Training;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Data;

[TestClass]
public sealed class CachedImagesTests
{
    private static readonly MLContext Context = new(1);
    private static readonly ExampleColumns Columns = new(
        "Features", "Label", null, NinImageLayout.Flat(new NinImageShape(1, SyntheticImages.Side, SyntheticImages.Side)), 3);
    private static readonly Borders Reflection = new(true);
    private static readonly Augmentation None = new(Columns.Shape, false, 0, Reflection, 0);
    private static readonly Augmentation All =
        new(Columns.Shape, flip: true, 2, Reflection, 0.5, new Warp(Columns.Shape, 10, 0.1, Reflection));

    [TestMethod]
    [DataRow(null)]
    [DataRow(7UL)]
    public void Batches_FromDisk_AreThoseFromMemory(ulong? seed)
    {
        int[] rows = [.. Enumerable.Range(0, 50).Where(i => i % 3 != 0)];
        using var inMemory = Read(50, null);
        foreach (var budget in new[] { 0L, 1_000 })
        {
            using var onDisk = Read(50, budget);
            Assert.AreEqual(
                (50L * Columns.Shape.Size, budget / Columns.Shape.Size * Columns.Shape.Size),
                (onDisk.Pixels.BytesOnDisk + onDisk.Pixels.BytesInMemory, onDisk.Pixels.BytesInMemory));
            for (var epoch = 0; epoch < 2; epoch++)
                CollectionAssert.AreEqual(Images(inMemory.Source(rows, All), seed, epoch), Images(onDisk.Source(rows, All), seed, epoch));
        }
    }

    [TestMethod]
    [DataRow(null)]
    [DataRow(0L)]
    public void Batches_Shuffled_GiveEveryImageOnceInAnotherOrder(long? budget)
    {
        using var examples = Read(50, budget);
        using var source = examples.Source([.. Enumerable.Range(0, 50)], None);
        var (plain, first, second, again) = (Images(source, null), Images(source, 1), Images(source, 2), Images(source, 1));
        CollectionAssert.AreEquivalent(plain, first);
        CollectionAssert.AreNotEqual(plain, first);
        CollectionAssert.AreNotEqual(second, first);
        CollectionAssert.AreEqual(first, again);
    }

    [TestMethod]
    public void Batches_MirroredInTwoEpochs_ShowBothSidesOfEveryImage()
    {
        using var examples = Read(50, 0);
        using var source = examples.Source([.. Enumerable.Range(0, 50)], new Augmentation(Columns.Shape, flip: true, 0, Reflection, 0));
        Assert.IsEmpty(Images(source, 1, epoch: 0).Intersect(Images(source, 1, epoch: 1)));
    }

    [TestMethod]
    [DataRow(null)]
    [DataRow(0L)]
    public void Batches_SortedClasses_HoldAllOfThemEach(long? budget)
    {
        var rows = SyntheticImages.Rows(300).OrderBy(row => row.Label).ToArray();
        using var examples = ExampleSet.Read(SyntheticImages.Keyed(Context, rows), Columns, budget, null, () => { });
        using var source = examples.Source([.. Enumerable.Range(0, 300)], None);
        using var scope = NewDisposeScope();
        foreach (var batch in source.Batches(32, seed: 1))
            Assert.HasCount(3, batch.Labels.data<long>().ToArray().Distinct());
    }

    [TestMethod]
    [DataRow(129, 128, new[] { 65, 64 })]
    [DataRow(128, 128, new[] { 128 })]
    [DataRow(5, 128, new[] { 5 })]
    [DataRow(65, 64, new[] { 33, 32 })]
    [DataRow(10, 4, new[] { 4, 3, 3 })]
    [DataRow(3, 1, new[] { 1, 1, 1 })]
    public void Batches_AnyNumberOfImages_AreOfEvenSize(int images, int batchSize, int[] expected)
    {
        using var examples = Read(images, null);
        using var source = examples.Source([.. Enumerable.Range(0, images)], None);
        foreach (var seed in new ulong?[] { null, 1 })
        {
            using var scope = NewDisposeScope();
            CollectionAssert.AreEqual(expected, source.Batches(batchSize, seed).Select(batch => (int)batch.Pixels.shape[0]).ToArray());
        }
    }

    private static ExampleSet Read(int count, long? budget) =>
        ExampleSet.Read(SyntheticImages.Keyed(Context, count), Columns, budget, null, () => { });

    private static string[] Images(IImageSource source, ulong? seed, int epoch = 0)
    {
        using var scope = NewDisposeScope();
        return [.. source.Batches(8, seed, epoch).SelectMany(batch => Enumerable.Range(0, (int)batch.Labels.shape[0]).Select(i =>
            $"{batch.Labels[i].item<long>()}: " +
            $"{string.Join(' ', batch.Pixels[i].to(ScalarType.Float32).flatten().data<float>().ToArray())}"))];
    }
}
