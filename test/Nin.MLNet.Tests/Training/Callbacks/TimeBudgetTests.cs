using System.Diagnostics;
using Microsoft.ML;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training.Callbacks;

[TestClass]
public sealed class TimeBudgetTests
{
    private static readonly MLContext Context = new(1);

    // By the wall clock: other work on the machine may spoil one try.
    [TestMethod]
    [Retry(2)]
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

    [TestMethod]
    [DataRow(1, DisplayName = "as fast all the time")]
    [DataRow(5, DisplayName = "five times slower from the middle on")]
    [DataRow(0.2, DisplayName = "five times faster from the middle on")]
    public void Fit_StepsThatTakeTime_EndsWithTheBudgetAndTheSchedule(double factor)
    {
        var (clock, budget) = (new MovableClock(), TimeSpan.FromSeconds(30));
        var options = SyntheticImages.Quick();
        (options.TimeBudget, options.Clock, options.ValidationSetFraction) = (budget, clock, 0);
        var (rates, elapsed) = (new List<double>(), TimeSpan.Zero);
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            rates.Add(training.LearningRate);
            elapsed = training.Elapsed;
            clock.Move(TimeSpan.FromMilliseconds(elapsed < budget / 2 ? 100 : 100 * factor));
        }));
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 300));
        // Half a per cent stays for the rest of Fit; one late or two early are not worth a new plan, and a step is not cut short.
        var step = TimeSpan.FromMilliseconds(100 * factor);
        Assert.IsTrue(elapsed > (0.975 * budget) - step && elapsed <= (1.01 * budget) + step, $"{elapsed}");
        Assert.AreEqual(options.LearningRate * options.FinalLearningRateShare, rates[^1], 1e-9);
        Assert.AreEqual(options.LearningRate, rates.Max(), 0.05 * options.LearningRate);
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

    /// <summary>Stands still until it is moved.</summary>
    private sealed class MovableClock : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public void Move(TimeSpan time) => ticks += time.Ticks;
    }
}
