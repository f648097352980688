using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Nin.MLNet.Native;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training.Callbacks;

[TestClass]
public sealed class TimeBudgetTests
{
    private const int Images = 300;

    /// <summary>For <see cref="Images"/> in batches of 32.</summary>
    private const double StepsPerEpoch = 10;
    private static readonly MLContext Context = new(1);

    // Measured by the wall clock: other work on the machine may spoil one try.
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
    [DataRow(1, 0, 0, "7", DisplayName = "as fast all the time, but slower than the trials")]
    [DataRow(1, 2, 0, "2", DisplayName = "two seconds at each epoch's end")]
    [DataRow(1, 0, 2, "2", DisplayName = "a callback that takes two seconds after each epoch")]
    [DataRow(5, 0, 0, "16", DisplayName = "five times slower from the middle on")]
    [DataRow(0.5, 0, 0, "11", DisplayName = "twice as fast from the middle on")]
    public void Fit_StepsThatTakeTime_EndsWithTheBudgetAndTheSchedule(double factor, int epochEnd, int afterEpoch, string plans)
    {
        var (clock, budget) = (new MovableClock(), TimeSpan.FromSeconds(30));
        var options = Timed(clock, budget);
        var (rates, elapsed) = (new List<double>(), TimeSpan.Zero);
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            rates.Add(training.LearningRate);
            elapsed = training.Elapsed;
            clock.Move(TimeSpan.FromMilliseconds(elapsed < budget / 2 ? 100 : 100 * factor));
        }));
        if (epochEnd > 0)
        {
            options.ValidationSet = SyntheticImages.Keyed(Context, 30);
            options.Callbacks.Add(new SlowEvaluation(clock, TimeSpan.FromSeconds(epochEnd)));
        }

        options.Callbacks.Add(NinCallback.AfterEpoch(_ => clock.Move(TimeSpan.FromSeconds(afterEpoch))));
        var end = TimeSpan.Zero;
        options.Callbacks.Add(new AtEnd(training => end = training.Elapsed));
        var log = Logged(options);
        // Half a per cent is kept for the rest of Fit. One per cent late or two early do not justify a new plan. No step is cut short, and
        // there may be no time for another epoch's end.
        var step = TimeSpan.FromMilliseconds(100 * factor);
        var ends = TimeSpan.FromSeconds(epochEnd + afterEpoch);
        Assert.IsTrue(end > (0.975 * budget) - step - ends && end <= (1.01 * budget) + step, $"{end}");
        Assert.IsGreaterThanOrEqualTo(elapsed + ends, end);
        Assert.AreEqual(options.LearningRate * options.FinalLearningRateShare, rates[^1], 1e-9);
        Assert.AreEqual(options.LearningRate, rates.Max(), 0.05 * options.LearningRate);
        var said = log.Single(message => message.Contains("It was planned anew", StringComparison.Ordinal));
        Assert.AreEqual(plans, Regex.Match(said, "anew ([0-9]+) time").Groups[1].Value, said);
        StringAssert.Contains(
            said, string.Create(CultureInfo.InvariantCulture, $"{rates.Count:N0} steps ({rates.Count / StepsPerEpoch:F2} epochs)"));
    }

    [TestMethod]
    [DataRow(1, 0, false, 0)]
    [DataRow(1, 0, false, 8, DisplayName = "the first trials take ten times as long as the later ones")]
    [DataRow(2, 0, false, 0)]
    [DataRow(10_000, 0, false, 0, DisplayName = "one step an epoch, of fewer batches than it may have")]
    [DataRow(1, 3_000, false, 0)]
    [DataRow(1, 3_000, true, 0)]
    public void Fit_FirstPlan_IsWhatTheFastestTrialTook(int accumulation, int validationImages, bool calibrates, int slowReadings)
    {
        // A trial takes one reading of the clock.
        var clock = new MovableClock
        {
            PerReading = TimeSpan.FromMilliseconds(10),
            SlowStart = (slowReadings, TimeSpan.FromMilliseconds(100)),
        };
        var options = Timed(clock, TimeSpan.FromSeconds(10));
        (options.GradientAccumulation, options.CalibrateTemperature) = (accumulation, calibrates);
        if (validationImages > 0)
            options.ValidationSet = SyntheticImages.Keyed(Context, validationImages);
        var first = true;
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            if (!first)
                training.Stop();
            first = false;
        }));
        var announced = Logged(options).Single(message => message.Contains("planned,", StringComparison.Ordinal));
        var steps = Math.Ceiling(StepsPerEpoch / accumulation);
        var (step, end) = (0.01 * StepsPerEpoch / steps, 0.01 * (1 + (0.35 * validationImages / options.BatchSize!.Value)));
        // About the time that reading the clock has taken by then, and what is kept for the rest.
        var left = (10 * 0.995) - 0.15 - (0.09 * Math.Max(0, slowReadings - 1)) - (calibrates ? end : 0);
        // Each epoch has an end, also one that is cut short.
        var epochs = Math.Floor(left / ((steps * step) + end));
        var planned = (epochs * steps) + Math.Max(0, (left - (epochs * ((steps * step) + end)) - end) / step);
        var found = double.Parse(
            Regex.Match(announced, "([0-9,]+) steps").Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        Assert.AreEqual(planned, found, 0.01 * planned, announced);
        StringAssert.Contains(announced, string.Create(CultureInfo.InvariantCulture, $"({found / steps:F2} epochs) planned, "));
        StringAssert.Contains(announced, string.Create(CultureInfo.InvariantCulture, $"{1000 * step:F1} ms a step measured."));
    }

    // Every step takes a tenth of a second. The collapse comes before any weights were good, or in the last epoch. Without a budget a
    // training would have one epoch, which is over before the budget is looked at again.
    [TestMethod]
    [DataRow(1, "newly drawn weights")]
    [DataRow(292, "the last good weights")]
    public void Fit_Collapse_LeavesTheRestOfTheBudgetToWhatFollows(int dies, string from)
    {
        var (clock, budget) = (new MovableClock(), TimeSpan.FromSeconds(30));
        var options = Timed(clock, budget);
        options.NumberOfEpochs = 1;
        var (taken, elapsed, rates) = (0, TimeSpan.Zero, new List<double>());
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            elapsed = training.Elapsed;
            rates.Add(training.LearningRate);
            clock.Move(TimeSpan.FromMilliseconds(100));
            if (++taken != dies)
                return;
            using var _ = TorchSharp.torch.no_grad();
            training.Run.Network.Parameters.FillInPlace(double.NaN);
        }));
        var log = Logged(options);
        Assert.AreEqual(1, log.Count(message => message.Contains($"training continues from {from}", StringComparison.Ordinal)));
        Assert.IsTrue(elapsed > 0.97 * budget && elapsed <= 1.01 * budget, $"{elapsed}");
        // The rate has come down; after a late collapse its warm-up is not over yet.
        Assert.IsLessThanOrEqualTo((0.3 * options.LearningRate * options.FinalLearningRateShare) + 1e-9, rates[^1]);
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
        // Nothing is left of a millisecond: the fewest steps, and no new plan.
        StringAssert.Contains(
            log.Single(message => message.Contains("NumberOfSteps", StringComparison.Ordinal)),
            "To repeat it, set Options.NumberOfSteps = 10 and Options.BatchSize = 32 instead of the budget.");
        Assert.AreEqual(1, log.Count(message => message.Contains("10 steps are taken anyway", StringComparison.Ordinal)));
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

    /// <summary>A training on 300 images with its own clock.</summary>
    private static NinTrainer.Options Timed(TimeProvider clock, TimeSpan budget)
    {
        var options = SyntheticImages.Quick();
        (options.TimeBudget, options.Clock, options.ValidationSetFraction) = (budget, clock, 0);
        return options;
    }

    /// <summary>The messages of a training.</summary>
    private static List<string> Logged(NinTrainer.Options options)
    {
        var log = new List<string>();
        var context = new MLContext(1);
        context.Log += (_, e) => log.Add(e.Message);
        context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, Images)).Dispose();
        return log;
    }

    private sealed class AtEnd(Action<NinTrainingContext> act) : NinCallback
    {
        public override void OnTrainingEnd(NinTrainingContext training) => act(training);
    }

    /// <summary>Makes each validation take the given time.</summary>
    private sealed class SlowEvaluation(MovableClock clock, TimeSpan time) : NinCallback
    {
        internal override void OnEvaluated(NinTrainingContext training) => clock.Move(time);
    }
}
