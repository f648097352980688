using Nin.MLNet.Training;
using Nin.MLNet.Training.Callbacks;

namespace Nin.MLNet.Tests.Training.Callbacks;

[TestClass]
public sealed class CollapseDetectorTests
{
    private static readonly double Uniform = Math.Log(10);

    [TestMethod]
    public void Observe_NoGradientAtTheFirstLayer_IsDeadAfterFiveSteps()
    {
        var guard = Detector(10);
        for (var step = 0; step < 4; step++)
            Assert.IsNull(guard.Observe(Uniform, 0));
        Assert.AreEqual(4, guard.SilentLooks);
        Assert.IsFalse(guard.IsWell);
        StringAssert.Contains(guard.Observe(Uniform, 0)?.Words, "2.302585");
    }

    [TestMethod]
    public void Observe_NotANumber_TellsTheStepBefore()
    {
        var guard = Detector(10);
        Assert.IsNull(guard.Observe(12, 3));
        StringAssert.Contains(guard.Observe(double.NaN, 1)?.Words, "a step before: 12 and 3");
    }

    [TestMethod]
    public void Observe_PlateauWithGradient_IsAlive()
    {
        var guard = Detector(10);
        for (var step = 0; step < 1000; step++)
            Assert.IsNull(guard.Observe(Uniform, 1e-6));
        Assert.IsNull(guard.LastSuspicion());
    }

    [TestMethod]
    public void Observe_LossOfTheClassFrequenciesWithoutGradient_IsDeadToo()
    {
        var guard = Detector(10);
        CollapseFinding? finding = null;
        for (var step = 0; step < 5; step++)
            finding = guard.Observe(0.3, 0);
        Assert.IsNotNull(finding);
    }

    [TestMethod]
    public void Observe_PerfectlyLearnt_IsAlive()
    {
        var guard = Detector(10);
        for (var step = 0; step < 10; step++)
            Assert.IsNull(guard.Observe(0, 0));
    }

    [TestMethod]
    [DataRow(double.NaN, 1.0)]
    [DataRow(double.PositiveInfinity, 1.0)]
    [DataRow(1.0, double.NaN)]
    public void Observe_NoFiniteNumber_IsDeadAtOnce(double loss, double norm) => Assert.IsNotNull(Detector(10).Observe(loss, norm));

    [TestMethod]
    public void Observe_ThrownBackToAUniformGuess_IsDeadAfterFiftySteps()
    {
        var guard = Detector(10);
        Live(guard, 0.4);
        Assert.IsTrue(guard.HasLived && guard.IsWell);
        for (var step = 0; step < 49; step++)
            Assert.IsNull(guard.Observe(Uniform + 0.01, 1));
        Assert.IsFalse(guard.IsWell);
        StringAssert.Contains(guard.Observe(Uniform + 0.01, 1)?.Words, "classes' frequencies");

        // An occasional hard batch is no collapse.
        guard.Reset(hasLived: true);
        for (var step = 0; step < 500; step++)
            Assert.IsNull(guard.Observe(step % 10 == 0 ? 1 : 3, 1));
    }

    [TestMethod]
    public void ObserveClasses_OneOutputAlwaysZero_IsDeadAfterAHundredBatches()
    {
        var guard = Detector(3);
        Live(guard, 0.1);
        for (var batch = 0; batch < 99; batch++)
            Assert.IsNull(Step(guard, [1, 0, 2], [5, 5, 5]));
        Assert.IsFalse(guard.IsWell);
        StringAssert.Contains(Step(guard, [1, 0, 2], [5, 5, 5])?.Words, "class 1");
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(2)]
    public void ObserveClasses_FirstOrLastOutputAlwaysZero_IsNamed(int dead)
    {
        var guard = Detector(3);
        float[] highest = [1, 1, 1];
        highest[dead] = 0;
        CollapseFinding? finding = null;
        for (var batch = 0; batch < 100; batch++)
        {
            Assert.AreEqual(batch < 5, guard.IsWell);
            finding = Step(guard, highest, [5, 5, 5]);
        }

        StringAssert.Contains(finding?.Words, $"class {dead}");
    }

    [TestMethod]
    public void ObserveClasses_OutputComesBack_CountsAnew()
    {
        var guard = Detector(3);
        for (var batch = 0; batch < 500; batch++)
            Assert.IsNull(Step(guard, [1, batch % 90 == 0 ? 1 : 0, 2], [5, 5, 5]));
    }

    [TestMethod]
    public void ObserveClasses_ClassWithoutExamplesOrNetworkOnItsPlateau_IsAlive()
    {
        var guard = Detector(3);
        // Not better than a uniform guess so far: outputs may still come to life.
        for (var batch = 0; batch < 200; batch++)
        {
            guard.ObserveClasses([0, 0, 1], [5, 5, 5]);
            Assert.IsNull(guard.Observe(Math.Log(3), 1));
        }

        Assert.IsNull(guard.LastSuspicion());

        guard.Reset(hasLived: true);
        for (var batch = 0; batch < 200; batch++)
            Assert.IsNull(Step(guard, [1, 0, 2], [5, 0, 5]));
    }

    [TestMethod]
    public void LastSuspicion_ClassSilentForTwentyBatches_IsDead()
    {
        var guard = Detector(3);
        for (var batch = 0; batch < 19; batch++)
            Step(guard, [1, 0, 2], [5, 5, 5]);
        Assert.IsNull(guard.LastSuspicion());
        Step(guard, [1, 0, 2], [5, 5, 5]);
        StringAssert.Contains(guard.LastSuspicion()?.Words, "class 1");
    }

    // Each lives for twenty looks, then dies: its gradient vanishes, it is thrown back, or a class falls silent.
    [TestMethod]
    [DataRow(0.3, 0.0, 1f, 5)]
    [DataRow(3.0, 1.0, 1f, 50)]
    [DataRow(0.1, 1.0, 0f, 100)]
    public void Restore_AtAnyLook_GoesOnAsIfNothingHadHappened(double loss, double norm, float highest, int deadAfter)
    {
        for (var savedAt = 0; savedAt < 20 + deadAfter; savedAt += 3)
        {
            var guard = Detector(2);
            for (var look = 0; look < 20 + deadAfter; look++)
            {
                if (look == savedAt)
                    guard = Copy(guard);
                guard.ObserveClasses([1, look < 20 ? 1 : highest], [5, 5]);
                var finding = look < 20 ? guard.Observe(0.1, 1) : guard.Observe(loss, norm);
                Assert.AreEqual(look == 19 + deadAfter, finding is not null, $"saved at {savedAt}, look {look}");
            }
        }
    }

    private static CollapseDetector Copy(CollapseDetector guard)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        guard.Save(writer);
        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        var copy = Detector(2);
        copy.Restore(reader);
        return copy;
    }

    private static CollapseDetector Detector(int classes) => new(LossRange.Of([.. Enumerable.Repeat(1.0 / classes, classes)], 0), classes);

    // A network that knows only the class frequencies does not count as alive, however low its loss.
    [TestMethod]
    public void Observe_NinetyToTenPredictedByAConstant_HasNotLived()
    {
        var blind = LossRange.Of([0.9, 0.1], 0).Blind;
        var guard = new CollapseDetector(LossRange.Of([0.9, 0.1], 0), 2);
        Live(guard, blind);
        Assert.IsFalse(guard.HasLived);
        Live(guard, blind / 2);
        Assert.IsTrue(guard.HasLived);
    }

    [TestMethod]
    public void Observe_SmoothingOfNineTenths_CanLive()
    {
        var range = LossRange.Of([.. Enumerable.Repeat(0.1, 10)], 0.9);
        var guard = new CollapseDetector(range, 10);
        Live(guard, (range.Blind + range.Perfect) / 2);
        Assert.IsTrue(guard.HasLived);
    }

    private static void Live(CollapseDetector guard, double loss)
    {
        for (var look = 0; look < 20; look++)
            Assert.IsNull(guard.Observe(loss, 1));
    }

    private static CollapseFinding? Step(CollapseDetector guard, float[] highest, float[] examples)
    {
        guard.ObserveClasses(highest, examples);
        return guard.Observe(0.1, 1);
    }
}
