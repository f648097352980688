using System.Globalization;

namespace Nin.MLNet.Training.Callbacks;

/// <summary>
/// Plans the training's length so that the schedule has run down when the time is up (Li, Yumer, Ramanan 2020, "Budgeted Training"):
/// measures the speed before the first step, and plans again if the machine turns out slower or faster.
/// </summary>
internal sealed class TimeBudget(TimeSpan budget, long validationImages, bool calibrates, TimeProvider clock) : NinCallback
{
    private const int FewestSteps = 10;

    /// <summary>Looks timed before the first step. The fastest counts: while .NET is compiling, they take up to twice as long.</summary>
    private const int Trials = 5;

    /// <summary>Seconds: no look takes less, whatever a coarse clock says.</summary>
    private const double ShortestLook = 1e-6;

    /// <summary>How many steps they count for in the mean over the last steps.</summary>
    private const int TrialSteps = 3;

    /// <summary>Cost of a forward pass, as a share of a whole step.</summary>
    private const double ForwardShare = 0.35;

    /// <summary>
    /// Shares of the budget: how late or early the expected end may be, how often it is checked, what is reserved for the rest of Fit.
    /// </summary>
    private const double MostLate = 0.01, MostEarly = 0.02, Interval = 0.04, Rest = 0.005;
    private long lastStep, measuredSteps;
    private double secondsPerStep, secondsPerEpochEnd, secondsPerValidation, lastCheck;
    private double lastEnd = double.PositiveInfinity;
    private bool betweenEpochs, isUntimed, hasAnnounced;
    private int replans;

    /// <summary>Fitting a temperature takes another pass over the validation images.</summary>
    private double SecondsOfCalibration => calibrates ? secondsPerValidation : 0;

    private double SecondsThatMayBeUsed => (budget.TotalSeconds * (1 - Rest)) - SecondsOfCalibration;

    public override void OnTrainingStart(NinTrainingContext training)
    {
        var run = training.Run;
        var secondsPerLook = double.PositiveInfinity;
        for (var look = 0; look < Trials; look++)
        {
            var begin = clock.GetTimestamp();
            run.Learner.LookOnly(look);
            secondsPerLook = Math.Min(secondsPerLook, Math.Max(ShortestLook, clock.GetElapsedTime(begin).TotalSeconds));
        }

        secondsPerStep = secondsPerLook * run.BatchesPerEpoch / run.StepsPerEpoch;
        secondsPerValidation = secondsPerLook * (1 + (ForwardShare * validationImages / run.Settings.BatchSize));
        secondsPerEpochEnd = secondsPerValidation;
        if (run.Plan.Taken == 0)
            run.Plan = StepPlan.Of(StepsThatFit(run, taken: 0));
        lastStep = clock.GetTimestamp();
        lastCheck = run.Elapsed.TotalSeconds;
    }

    public override void OnStep(NinTrainingContext training)
    {
        var run = training.Run;
        var seconds = clock.GetElapsedTime(lastStep).TotalSeconds;
        lastStep = clock.GetTimestamp();
        if (!hasAnnounced && replans == 0)
            Announce(run);
        hasAnnounced = true;
        if (betweenEpochs)
        {
            // The smaller of the last two: the mirror check takes its time only once, and some callbacks only now and then.
            var end = Math.Max(0, seconds - secondsPerStep);
            (secondsPerEpochEnd, lastEnd) = (Math.Min(lastEnd, end), end);
        }
        else if (!isUntimed)
        {
            // The mean over about the last thirty steps.
            measuredSteps++;
            secondsPerStep += (seconds - secondsPerStep) / Math.Min(measuredSteps + TrialSteps, 30);
        }

        (betweenEpochs, isUntimed) = (false, false);
        if (run.Elapsed.TotalSeconds - lastCheck >= Interval * budget.TotalSeconds && run.Plan.Left > 1)
            Replan(run);
    }

    /// <summary>What comes after this, users' callbacks and the writing of a checkpoint, is part of the epoch's end, too.</summary>
    public override void OnEpoch(NinTrainingContext training) =>
        (secondsPerValidation, betweenEpochs) = (clock.GetElapsedTime(lastStep).TotalSeconds, true);

    /// <summary>A collapse has cost time, and a training that starts anew forgets its plan.</summary>
    internal override void OnWeightsReplaced(NinTrainingContext training)
    {
        var run = training.Run;
        replans++;
        (lastCheck, lastStep, betweenEpochs) = (run.Elapsed.TotalSeconds, clock.GetTimestamp(), false);
        // The epoch begins anew.
        run.Plan = run.Plan.WithLeft(StepsThatFit(run, taken: 0));
    }

    public override void OnTrainingEnd(NinTrainingContext training)
    {
        var again = replans == 0
            ? $"To repeat it, set Options.NumberOfSteps = {training.Step} and Options.BatchSize = {training.Run.Settings.BatchSize} " +
              "instead of the budget."
            : $"It was planned anew {replans} time(s), so Options.NumberOfSteps = {training.Step} repeats its length, not its every step.";
        training.Run.Log.Info(
            Invariant($"Time budget {budget}: {training.Step:N0} steps ({(double)training.Step / training.Run.StepsPerEpoch:F2} epochs) ") +
            Invariant($"in {training.Elapsed.TotalSeconds:F1} s. {again}"));
    }

    public override void SaveState(BinaryWriter writer) => writer.Write(replans);

    public override void RestoreState(BinaryReader reader)
    {
        replans = reader.ReadInt32();
        // What is left of the reading does not count as the first step's time.
        isUntimed = true;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Announce(TrainingRun run) => run.Log.Info(
        Invariant($"Time budget {budget}: {run.Plan.Steps:N0} steps ({(double)run.Plan.Steps / run.StepsPerEpoch:F2} epochs) planned, ") +
        Invariant($"{secondsPerStep * 1000:F1} ms a step measured."));

    private void Replan(TrainingRun run)
    {
        lastCheck = run.Elapsed.TotalSeconds;
        var taken = run.Plan.Taken - run.EpochPlan.Taken;
        var ends = (taken + run.Plan.Left + run.StepsPerEpoch - 1) / run.StepsPerEpoch;
        var left = SecondsThatMayBeUsed - lastCheck;
        var late = ((run.Plan.Left * secondsPerStep) + (ends * secondsPerEpochEnd) - left) / budget.TotalSeconds;
        if (late < MostLate && late > -MostEarly)
            return;
        var steps = StepsThatFit(run, taken);
        if (steps == run.Plan.Left)
            return;
        replans++;
        run.Plan = run.Plan.WithLeft(steps);
    }

    /// <param name="run">The training.</param>
    /// <param name="taken">Steps of the present epoch that are taken.</param>
    private long StepsThatFit(TrainingRun run, long taken)
    {
        // As if the whole epoch were still to come. Each epoch has an end, also one that is cut short.
        var left = SecondsThatMayBeUsed - run.Elapsed.TotalSeconds + (taken * secondsPerStep);
        var perEpoch = (run.StepsPerEpoch * secondsPerStep) + secondsPerEpochEnd;
        var epochs = (long)Math.Max(0, left / perEpoch);
        var more = (long)Math.Max(0, (left - (epochs * perEpoch) - secondsPerEpochEnd) / secondsPerStep);
        var steps = (epochs * run.StepsPerEpoch) + more - taken;
        if (run.Plan.Taken == 0 && steps < FewestSteps)
            run.Log.Warning(
                Invariant($"Options.TimeBudget is {budget}, of which {run.Elapsed.TotalSeconds:F1} s are used up with none of its steps ") +
                Invariant($"taken: {FewestSteps} steps are taken anyway."));
        return Math.Max(Math.Max(FewestSteps - run.Plan.Taken, 1), steps);
    }
}
