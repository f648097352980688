using Nin.MLNet.Stress.Crash;

namespace Nin.MLNet.Tests.Training.Callbacks;

/// <summary>The short form of <c>Nin.MLNet.Stress -- crash</c>.</summary>
[TestClass]
public sealed class KillsTests
{
    [TestMethod]
    public void Fit_KilledTwice_EndsWithTheWeightsOfTheUndisturbed()
    {
        var outcome = Kills.Run("accumulation", kills: 2, seed: 3);
        Assert.AreEqual((2, 1), (outcome.Kills, outcome.KillsInWrites), $"{outcome}");
        Assert.IsEmpty(outcome.Failures, $"{outcome}");
    }
}
