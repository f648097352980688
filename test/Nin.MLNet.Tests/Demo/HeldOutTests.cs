using Nin.Pipeline.Demo.DataSets;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class HeldOutTests
{
    private static readonly string[] Labels =
        [.. Enumerable.Range(0, 100).Select(i => i < 80 ? "common" : i < 98 ? "rare" : "pair"), "single"];

    private static readonly string[] Names = [.. Labels.Select((label, i) => $"{label}/{i}.png")];

    [TestMethod]
    public void Split_UnevenClasses_TakesTheShareOfEachAndLeavesSome()
    {
        var (train, test) = HeldOut.Split(Labels, Names, 0.25, seed: 1);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 101).ToArray(), train.Concat(test).ToArray());
        var counts = test.CountBy(row => Labels[row]).ToDictionary();
        Assert.AreEqual(20, counts["common"]);
        Assert.AreEqual(4, counts["rare"]);
        Assert.AreEqual(1, counts["pair"]);
        Assert.DoesNotContain("single", counts.Keys);
        // Drawn in random order: the first rows belong to more than one class.
        Assert.IsGreaterThan(1, train.Take(30).Select(row => Labels[row]).Distinct().Count());
    }

    [TestMethod]
    public void Split_SeedAndNames_DecideWhoIsDrawn()
    {
        var first = HeldOut.Split(Labels, Names, 0.25, seed: 1);
        CollectionAssert.AreEqual(first.Test, HeldOut.Split(Labels, Names, 0.25, seed: 1).Test);
        CollectionAssert.AreNotEqual(first.Test.Order().ToArray(), HeldOut.Split(Labels, Names, 0.25, seed: 2).Test.Order().ToArray());
    }

    [TestMethod]
    public void Split_RowsInAnotherOrder_DrawsTheSameNames()
    {
        int[] shuffled = [.. Enumerable.Range(0, Labels.Length)];
        new Random(5).Shuffle(shuffled);
        var (train, test) = HeldOut.Split(Labels, Names, 0.25, seed: 1);
        var (otherTrain, otherTest) = HeldOut.Split(
            [.. shuffled.Select(row => Labels[row])], [.. shuffled.Select(row => Names[row])], 0.25, seed: 1);
        CollectionAssert.AreEqual(train, otherTrain.Select(i => shuffled[i]).ToArray());
        CollectionAssert.AreEqual(test, otherTest.Select(i => shuffled[i]).ToArray());
    }

    [TestMethod]
    public void Split_OneImageMore_MovesAtMostOneOther()
    {
        var before = HeldOut.Split(Labels, Names, 0.25, seed: 1).Test.Select(row => Names[row]).ToHashSet();
        for (var added = 0; added < 50; added++)
        {
            string[] names = [.. Names, $"common/new {added}.png"];
            var after = HeldOut.Split([.. Labels, "common"], names, 0.25, seed: 1).Test.Select(row => names[row]).ToHashSet();
            after.Remove(names[^1]);
            Assert.IsLessThanOrEqualTo(1, before.Except(after).Count() + after.Except(before).Count(), names[^1]);
        }
    }
}
