using Nin.MLNet.Training;

namespace Nin.MLNet.Tests.Training;

[TestClass]
public sealed class CollapseGuardTests
{
    private static readonly double Uniform = Math.Log(10);

    [TestMethod]
    public void Observe_NoGradientAtTheFirstLayer_IsDeadAfterFiveSteps()
    {
        var guard = new CollapseGuard(10);
        for (var step = 0; step < 4; step++)
            Assert.IsNull(guard.Observe(Uniform, 0));
        Assert.IsNotNull(guard.Suspicion());
        StringAssert.Contains(guard.Observe(Uniform, 0), "ln 10");
    }

    [TestMethod]
    public void Observe_PlateauWithGradient_IsAlive()
    {
        var guard = new CollapseGuard(10);
        for (var step = 0; step < 1000; step++)
            Assert.IsNull(guard.Observe(Uniform, 1e-6));
        Assert.IsNull(guard.Suspicion());
    }

    [TestMethod]
    public void Observe_LossOfTheClassFrequenciesWithoutGradient_IsDeadToo()
    {
        var guard = new CollapseGuard(10);
        string? finding = null;
        for (var step = 0; step < 5; step++)
            finding = guard.Observe(0.3, 0);
        Assert.IsNotNull(finding);
    }

    [TestMethod]
    public void Observe_PerfectlyLearnt_IsAlive()
    {
        var guard = new CollapseGuard(10);
        for (var step = 0; step < 10; step++)
            Assert.IsNull(guard.Observe(0, 0));
    }

    [TestMethod]
    [DataRow(double.NaN, 1.0)]
    [DataRow(double.PositiveInfinity, 1.0)]
    [DataRow(1.0, double.NaN)]
    public void Observe_NoFiniteNumber_IsDeadAtOnce(double loss, double norm) => Assert.IsNotNull(new CollapseGuard(10).Observe(loss, norm));
}
