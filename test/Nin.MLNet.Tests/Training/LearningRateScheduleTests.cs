using Nin.MLNet.Training;

namespace Nin.MLNet.Tests.Training;

[TestClass]
public sealed class LearningRateScheduleTests
{
    [TestMethod]
    [DataRow(NinTrainer.Schedule.OneCycle)]
    [DataRow(NinTrainer.Schedule.Cosine)]
    public void ShareAt_AnyLengthAndWarmUp_StaysWithinOneReachesItAndEndsAtTheFinalShare(NinTrainer.Schedule schedule)
    {
        foreach (var steps in new[] { 1, 2, 3, 6, 11, 100, 4690 })
        {
            foreach (var warmUp in new[] { 0, 0.07, 0.2, 0.5, 0.99 })
            {
                var shares = Enumerable.Range(0, steps)
                    .Select(step => LearningRateSchedule.ShareAt(step, steps, schedule, warmUp, 0.02))
                    .ToArray();
                Assert.IsTrue(shares.All(share => share is > 0 and <= 1), $"{steps} steps, warm-up {warmUp}");
                Assert.AreEqual(1, shares.Max(), 1e-12, $"{steps} steps, warm-up {warmUp}");
                var peak = Array.IndexOf(shares, shares.Max());
                if (peak < steps - 1)
                    Assert.AreEqual(0.02, shares[^1], 1e-12, $"{steps} steps, warm-up {warmUp}");
                for (var step = 1; step < steps; step++)
                    Assert.AreEqual(step <= peak, shares[step] > shares[step - 1], $"{steps} steps, warm-up {warmUp}, step {step}");
            }
        }
    }

    [TestMethod]
    public void ShareAt_Constant_IsOne() => Assert.AreEqual(1, LearningRateSchedule.ShareAt(7, 10, NinTrainer.Schedule.Constant, 0.5, 0));

    [TestMethod]
    public void StepPlan_NewLengthOnTheWay_KeepsThePlaceAndEndsAtTheFinalShare()
    {
        var plan = StepPlan.Of(100);
        for (var step = 0; step < 40; step++)
            plan = plan.AfterStep();
        var before = plan.ScheduleStep / plan.ScheduleLength;
        plan = plan.WithLeft(15);
        Assert.AreEqual(before, plan.ScheduleStep / plan.ScheduleLength, 1e-12);
        Assert.AreEqual((40L, 55L), (plan.Taken, plan.Steps));
        while (plan.Left > 1)
            plan = plan.AfterStep();
        Assert.AreEqual(
            0.02,
            LearningRateSchedule.ShareAt(plan.ScheduleStep, plan.ScheduleLength, NinTrainer.Schedule.OneCycle, 0.2, 0.02),
            1e-9);
    }

    [TestMethod]
    public void StepPlan_OtherStepsAnEpoch_KeepsEpochsAndThePlace()
    {
        var plan = StepPlan.Of(60);
        for (var step = 0; step < 20; step++)
            plan = plan.AfterStep();
        var other = plan.WithEpochsOf(before: 10, now: 7);
        Assert.AreEqual((14L, 28L), (other.Taken, other.Left));
        Assert.AreEqual(plan.ScheduleStep / plan.ScheduleLength, other.ScheduleStep / other.ScheduleLength, 1e-12);
        Assert.AreEqual(plan, plan.WithEpochsOf(10, 10));
        Assert.AreEqual(1, StepPlan.Of(2).AfterStep().WithEpochsOf(10, 1).Left);
    }
}
