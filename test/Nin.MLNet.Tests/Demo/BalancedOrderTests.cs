using Nin.Pipeline.Demo.DataSets;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class BalancedOrderTests
{
    private static readonly string[] Labels = [.. Enumerable.Range(0, 90).Select(i => i < 60 ? "common" : i < 87 ? "rare" : "three")];

    [TestMethod]
    public void Of_UnevenClasses_TakesOfEachAlikeWhileTheyLast()
    {
        var order = BalancedOrder.Of(Labels, seed: 1);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 90).ToArray(), order);
        CollectionAssert.AreEquivalent(new[] { 3, 3, 3 }, Counts(9));
        CollectionAssert.AreEquivalent(new[] { 13, 14, 3 }, Counts(30));

        int[] Counts(int rows) => [.. order.Take(rows).CountBy(row => Labels[row]).Select(count => count.Value)];
    }

    [TestMethod]
    public void Of_Seed_DecidesWhichImagesComeFirst()
    {
        CollectionAssert.AreEqual(BalancedOrder.Of(Labels, seed: 1), BalancedOrder.Of(Labels, seed: 1));
        CollectionAssert.AreNotEqual(
            BalancedOrder.Of(Labels, seed: 1).Take(30).Order().ToArray(), BalancedOrder.Of(Labels, seed: 2).Take(30).Order().ToArray());
    }
}
