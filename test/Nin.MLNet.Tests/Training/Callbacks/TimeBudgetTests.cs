using System.Diagnostics;
using Microsoft.ML;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training.Callbacks;

[TestClass]
public sealed class TimeBudgetTests
{
    private static readonly MLContext Context = new(1);

    [TestMethod]
    public void Fit_FourSeconds_EndsInTimeWithTheScheduleComeDown()
    {
        var log = new List<string>();
        var context = new MLContext(1);
        context.Log += (_, e) => log.Add(e.Message);
        var options = SyntheticImages.Quick();
        options.TimeBudget = TimeSpan.FromSeconds(4);
        var rates = new List<double>();
        options.Callbacks.Add(NinCallback.AfterStep(training => rates.Add(training.LearningRate)));
        var data = SyntheticImages.Keyed(context, 300);
        Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(data).Dispose();
        var clock = Stopwatch.StartNew();
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        // The aim is 3 % on a quiet machine; a test machine may be busy.
        Assert.AreEqual(4, clock.Elapsed.TotalSeconds, 0.6);
        Assert.AreEqual(options.LearningRate * options.FinalLearningRateShare, rates[^1], 1e-9);
        Assert.AreEqual(options.LearningRate, rates.Max(), 0.05 * options.LearningRate);
        Assert.IsTrue(log.Any(message =>
            message.Contains("steps", StringComparison.Ordinal) && message.Contains("planned", StringComparison.Ordinal)));
        Assert.IsTrue(log.Any(message => message.Contains("Options.NumberOfSteps = ", StringComparison.Ordinal)));
    }

    // The machine turns out five times slower than measured before the first step.
    [TestMethod]
    public void Fit_MachineSlowsDown_PlansAnewAndStillEndsInTime()
    {
        var options = SyntheticImages.Quick();
        options.TimeBudget = TimeSpan.FromSeconds(5);
        double last = 0;
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            last = training.LearningRate;
            var pause = Stopwatch.StartNew();
            while (pause.Elapsed.TotalMilliseconds < 30)
                Thread.SpinWait(100);
        }));
        var clock = Stopwatch.StartNew();
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 300));
        Assert.AreEqual(5, clock.Elapsed.TotalSeconds, 0.8);
        Assert.AreEqual(options.LearningRate * options.FinalLearningRateShare, last, 1e-9);
    }

    [TestMethod]
    public void Fit_SameNumberOfSteps_GivesTheSameWeightsAsTheBudgetDid()
    {
        var log = new List<string>();
        var context = new MLContext(1);
        context.Log += (_, e) => log.Add(e.Message);
        var options = SyntheticImages.Quick();
        (options.TimeBudget, options.ValidationSetFraction) = (TimeSpan.FromMilliseconds(1), 0);
        var data = SyntheticImages.Keyed(context, 300);
        using var budgeted = context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        // Nothing was left of a millisecond: the fewest steps, and no new plan.
        StringAssert.Contains(
            log.Single(message => message.Contains("NumberOfSteps", StringComparison.Ordinal)),
            "The same again: Options.NumberOfSteps = 10");
        (options.TimeBudget, options.NumberOfSteps) = (null, 10);
        using var repeated = context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        Assert.IsTrue(Trained.WeightsOf(budgeted).SequenceEqual(Trained.WeightsOf(repeated)));
    }

    [TestMethod]
    public void Nin_BudgetAndStepsBoth_AreRefused()
    {
        var options = new NinTrainer.Options { TimeBudget = TimeSpan.FromMinutes(1), NumberOfSteps = 5 };
        var error = Assert.Throws<ArgumentException>(() => Context.MulticlassClassification.Trainers.Nin(options));
        StringAssert.Contains(error.Message, "choose what decides");
    }
}
