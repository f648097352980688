using Nin.Pipeline.Demo.DataSets;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class HeldOutTests
{
    private static readonly string[] Labels =
        [.. Enumerable.Range(0, 100).Select(i => i < 80 ? "common" : i < 98 ? "rare" : "pair"), "single"];

    [TestMethod]
    public void Split_UnevenClasses_TakesTheShareOfEachAndLeavesSome()
    {
        var (train, test) = HeldOut.Split(Labels, 0.25, seed: 1);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 101).ToArray(), train.Concat(test).ToArray());
        var counts = test.CountBy(row => Labels[row]).ToDictionary();
        Assert.AreEqual(20, counts["common"]);
        Assert.AreEqual(4, counts["rare"]);
        Assert.AreEqual(1, counts["pair"]);
        Assert.DoesNotContain("single", counts.Keys);
        // Shuffled: the first rows belong to more than one class.
        Assert.IsGreaterThan(1, train.Take(30).Select(row => Labels[row]).Distinct().Count());
    }

    [TestMethod]
    public void Split_SeedAndRows_DecideWhoIsDrawn()
    {
        var first = HeldOut.Split(Labels, 0.25, seed: 1);
        CollectionAssert.AreEqual(first.Test, HeldOut.Split(Labels, 0.25, seed: 1).Test);
        CollectionAssert.AreNotEqual(first.Test.Order().ToArray(), HeldOut.Split(Labels, 0.25, seed: 2).Test.Order().ToArray());
    }
}
