using Nin.MLNet.Data;

namespace Nin.MLNet.Tests.Data;

[TestClass]
public sealed class StratifiedSplitTests
{
    [TestMethod]
    public void Of_SortedClasses_TakesTheShareOfEachClass()
    {
        int[] classes = [.. Enumerable.Repeat(0, 100), .. Enumerable.Repeat(1, 40), 2];
        var (train, validation) = StratifiedSplit.Of(classes, 0.1, 1);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 141).ToArray(), train.Concat(validation).ToArray());
        Assert.AreEqual(
            (10, 4, 0),
            (validation.Count(i => classes[i] == 0), validation.Count(i => classes[i] == 1), validation.Count(i => classes[i] == 2)));
        Assert.AreNotEqual(9, validation.Where(i => classes[i] == 0).Max(), "shuffled, not the head or tail");
    }

    [TestMethod]
    public void Of_MostOfTheImages_LeavesOneOfEachClassToTrainOnInOrder()
    {
        int[] classes = [0, 1, 1, 0, 2, 1];
        var (train, validation) = StratifiedSplit.Of(classes, 0.99, 1);
        CollectionAssert.AreEquivalent(new[] { 0, 1, 2 }, train.Select(i => classes[i]).ToArray());
        CollectionAssert.AreEqual(train.Order().ToArray(), train);
        CollectionAssert.AreEqual(validation.Order().ToArray(), validation);
    }

    [TestMethod]
    public void Of_SameSeed_GivesTheSameSplit() =>
        CollectionAssert.AreEqual(StratifiedSplit.Of(new int[50], 0.2, 3).Validation, StratifiedSplit.Of(new int[50], 0.2, 3).Validation);
}
