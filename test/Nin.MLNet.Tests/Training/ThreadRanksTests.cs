namespace Nin.MLNet.Tests.Training;

/// <summary>A mistake that would keep ranks waiting fails a test; it does not hang it.</summary>
[TestClass]
public sealed class ThreadRanksTests
{
    [TestMethod]
    [DataRow(0)]
    [DataRow(2)]
    public void Run_RankThrowsWithoutAbort_EndsTheOthersAndThrowsWhatItThrew(int failing)
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => ThreadRanks.Run(
            3, group => group.Rank == failing ? throw new InvalidTimeZoneException("its own") : group.Gather([1])));
        Assert.AreEqual($"Rank {failing} ended while others waited for it.", error.Message);
        Assert.IsInstanceOfType<InvalidTimeZoneException>(error.InnerException);
    }

    [TestMethod]
    public void Run_RankReturnsBeforeTheOthers_EndsTheOthersAndThrows()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => ThreadRanks.Run(2, group =>
        {
            group.Gather([1]);
            return group.Rank == 1 ? [] : group.Gather([2]);
        }));
        Assert.AreEqual("Rank 1 ended while others waited for it.", error.Message);
    }

    [TestMethod]
    public void Run_AllThrowAtTheSamePlace_ReturnsWhatTheyThrew()
    {
        for (var i = 0; i < 200; i++)
        {
            var (outcomes, aborted) = ThreadRanks.Run<int>(4, group =>
            {
                group.Gather([1]);
                throw new InvalidTimeZoneException("of all");
            });
            Assert.IsNull(aborted);
            Assert.IsTrue(outcomes.All(outcome => outcome.Error is InvalidTimeZoneException));
        }
    }
}
