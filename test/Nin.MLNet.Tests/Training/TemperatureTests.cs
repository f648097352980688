using Nin.MLNet.Training;

namespace Nin.MLNet.Tests.Training;

/// <summary>The temperature that maximizes the likelihood of held-out labels.</summary>
[TestClass]
public sealed class TemperatureTests
{
    [TestMethod]
    public void Fit_LabelsDrawnFromTheScores_FindsThatTheyAreCalibrated() =>
        Assert.AreEqual(1, Temperature.Fit(Drawn(20_000))!.Value, 0.05);

    [TestMethod]
    [DataRow(0.25)]
    [DataRow(0.9)]
    [DataRow(4)]
    public void Fit_LogitsTimesAFactor_FindsTheFactor(double factor)
    {
        var images = Drawn(2_000);
        var scaled = images with { Logits = [.. images.Logits.Select(logit => (float)(logit * factor))] };
        Assert.AreEqual(Temperature.Fit(images)!.Value * factor, Temperature.Fit(scaled)!.Value, 1e-5 * factor);
    }

    [TestMethod]
    public void Fit_AnyImages_NoOtherTemperatureHasALowerLoss()
    {
        var images = Drawn(500);
        var best = Temperature.Fit(images)!.Value;
        foreach (var other in new[] { 0.05, 0.5, 0.99, 1, 1.01, 2, 20 })
            Assert.IsGreaterThanOrEqualTo(images.At(1 / best).Loss, images.At(1 / (other * best)).Loss);
    }

    [TestMethod]
    public void Fit_WeightsOfSomeImages_CountThemAsOftenAsTheyWeigh()
    {
        var images = Drawn(300);
        var heavy = images with { Weights = [.. images.Weights.Select((_, i) => i < 100 ? 3f : 1f)] };
        var repeated = new HeldOutLogits(
            [.. images.Logits, .. images.Logits[..300], .. images.Logits[..300]],
            [.. images.Labels, .. images.Labels[..100], .. images.Labels[..100]], [.. Enumerable.Repeat(1f, 500)]);
        Assert.AreEqual(Temperature.Fit(repeated)!.Value, Temperature.Fit(heavy)!.Value, 1e-6);
        Assert.AreNotEqual(Temperature.Fit(images)!.Value, Temperature.Fit(heavy)!.Value, 1e-4);
    }

    [TestMethod]
    public void Fit_NothingToLearnFrom_FindsNone()
    {
        float[] ones = [1, 1, 1];
        // All right, all wrong, and no class ahead of another.
        Assert.IsNull(Temperature.Fit(new HeldOutLogits([3, 0, 0, 3, 2, 1], [0, 1, 0], ones)));
        Assert.IsNull(Temperature.Fit(new HeldOutLogits([3, 0, 0, 3, 2, 1], [1, 0, 1], ones)));
        Assert.IsNull(Temperature.Fit(new HeldOutLogits([0, 0, 0, 0, 0, 0], [0, 1, 0], ones)));
    }

    [TestMethod]
    public void At_LogitsOfAnySize_GivesTheLossWithoutOverflow()
    {
        var images = new HeldOutLogits([10_000, 0, -10_000, 0], [0, 0], [1, 1]);
        Assert.AreEqual(5_000, images.At(1).Loss, 1e-9);
    }

    /// <summary>Logits of three classes, and labels drawn from their softmax.</summary>
    private static HeldOutLogits Drawn(int count)
    {
        var random = new Random(5);
        var logits = Enumerable.Range(0, 3 * count).Select(_ => (float)((4 * random.NextDouble()) - 2)).ToArray();
        var labels = logits.Chunk(3).Select(row =>
        {
            var powers = row.Select(logit => Math.Exp(logit)).ToArray();
            var at = random.NextDouble() * powers.Sum();
            return at < powers[0] ? 0L : at < powers[0] + powers[1] ? 1 : 2;
        });
        return new HeldOutLogits(logits, [.. labels], [.. Enumerable.Repeat(1f, count)]);
    }
}
