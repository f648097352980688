using Microsoft.ML;
using Nin.MLNet.Data;
using Nin.MLNet.Tests.Contract;
using Nin.MLNet.Training;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Data;

[TestClass]
public sealed class StreamedImagesTests
{
    private static readonly MLContext Context = new(1);
    private static readonly ExampleColumns Columns = new("Features", "Label", null, new NinImageShape(1, SyntheticImages.Side, SyntheticImages.Side), 3);
    private static readonly Augmentation None = new(Columns.Shape, false, 0, true, 0);

    [TestMethod]
    public void Batches_InOrder_AreTheCachedOnes()
    {
        var data = SyntheticImages.Keyed(Context, 50);
        int[] rows = [.. Enumerable.Range(0, 50).Where(i => i % 3 != 0)];
        using var cached = ExampleSet.Read(data, Columns, null, () => { });
        using var streamed = ExampleSet.Read(data, Columns, 0, () => { });
        Assert.IsTrue(cached.IsCached && !streamed.IsCached);
        Assert.AreEqual(rows.Length, streamed.Source(rows, None).Count);
        CollectionAssert.AreEqual(Images(cached.Source(rows, None), null), Images(streamed.Source(rows, None), null));
    }

    [TestMethod]
    public void Batches_Shuffled_GiveEveryImageOnceInAnotherOrder()
    {
        using var streamed = ExampleSet.Read(SyntheticImages.Keyed(Context, 50), Columns, 0, () => { });
        var source = streamed.Source([.. Enumerable.Range(0, 50)], None);
        var (plain, first, second, again) = (Images(source, null), Images(source, 1), Images(source, 2), Images(source, 1));
        CollectionAssert.AreEquivalent(plain, first);
        CollectionAssert.AreNotEqual(plain, first);
        CollectionAssert.AreNotEqual(second, first);
        CollectionAssert.AreEqual(first, again);
    }

    [TestMethod]
    public void Batches_Mirrored_AreTheCachedOnesAndTheOtherSideInTheNextEpoch()
    {
        var data = SyntheticImages.Keyed(Context, 50);
        int[] rows = [.. Enumerable.Range(0, 50).Where(i => i % 3 != 0)];
        var flip = new Augmentation(Columns.Shape, flip: true, 0, true, 0);
        using var cached = ExampleSet.Read(data, Columns, null, () => { });
        using var streamed = ExampleSet.Read(data, Columns, 0, () => { });
        var (first, second) = (Images(streamed.Source(rows, flip), 1, epoch: 0), Images(streamed.Source(rows, flip), 1, epoch: 1));
        CollectionAssert.AreEquivalent(Images(cached.Source(rows, flip), 1, epoch: 0), first);
        CollectionAssert.AreEquivalent(Images(cached.Source(rows, flip), 1, epoch: 1), second);
        Assert.IsEmpty(first.Intersect(second));
    }

    [TestMethod]
    public void Batches_LeftEarly_StopTheReader()
    {
        using var streamed = ExampleSet.Read(SyntheticImages.Keyed(Context, 500), Columns, 0, () => { });
        for (var i = 0; i < 20; i++)
        {
            using var scope = NewDisposeScope();
            Assert.HasCount(1, streamed.Source([.. Enumerable.Range(0, 500)], None).Batches(4, 1).Take(1).ToArray());
        }
    }

    [TestMethod]
    public void Fit_BudgetOfZero_LearnsAsFromMemory()
    {
        var options = SyntheticImages.Quick();
        (options.CacheBudget, options.NumberOfEpochs) = (0, 6);
        var data = SyntheticImages.Keyed(Context, 300);
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        Assert.IsGreaterThan(0.9, Context.MulticlassClassification.Evaluate(model.Transform(SyntheticImages.Keyed(Context, 90, seed: 4))).MicroAccuracy);
    }

    private static string[] Images(IImageSource source, ulong? seed, int epoch = 0)
    {
        using var scope = NewDisposeScope();
        return [.. source.Batches(8, seed, epoch).SelectMany(batch => Enumerable.Range(0, (int)batch.Labels.shape[0]).Select(i =>
            $"{batch.Labels[i].item<long>()}: {string.Join(' ', batch.Pixels[i].to(ScalarType.Float32).flatten().data<float>().ToArray())}"))];
    }
}
