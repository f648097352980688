using Nin.MLNet.Training;

namespace Nin.MLNet.Tests.Training;

[TestClass]
public sealed class LearningRateScheduleTests
{
    [TestMethod]
    [DataRow(NinTrainer.Schedule.OneCycle)]
    [DataRow(NinTrainer.Schedule.Cosine)]
    public void FactorAt_WholeTraining_RisesToOneThenFallsToFinal(NinTrainer.Schedule schedule)
    {
        var factors = Enumerable.Range(0, 101).Select(step => LearningRateSchedule.FactorAt(step, 100, schedule, 0.2, 0.1)).ToArray();
        Assert.AreEqual(0.05, factors[0], 1e-9);
        Assert.AreEqual(1, factors[19], 1e-9);
        Assert.AreEqual(0.1, factors[100], 1e-9);
        for (var step = 1; step <= 100; step++)
            Assert.AreEqual(step <= 19, factors[step] > factors[step - 1] && step < 20, $"step {step}");
    }

    [TestMethod]
    public void FactorAt_Constant_IsOne() => Assert.AreEqual(1, LearningRateSchedule.FactorAt(7, 10, NinTrainer.Schedule.Constant, 0.5, 0));

    [TestMethod]
    public void FactorAt_NoWarmUp_StartsAtOne() => Assert.AreEqual(1, LearningRateSchedule.FactorAt(0, 10, NinTrainer.Schedule.Cosine, 0, 0));
}
