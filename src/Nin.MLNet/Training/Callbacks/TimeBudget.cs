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

    /// <summary>How many steps they count for in the mean over the last steps.</summary>
    private const int TrialSteps = 3;

    /// <summary>Cost of a forward pass, as a share of a whole step.</summary>
    private const double ForwardShare = 0.35;

    /// <summary>
    /// Shares of the budget: how late or early the expected end may be, how often it is checked, what is reserved for the rest of Fit.
    /// </summary>
    private const double MostLate = 0.01, MostEarly = 0.02, Interval = 0.04, Rest = 0.005;
    private long lastStep, measuredSteps;
    private double secondsPerStep, secondsPerEpochEnd, lastCheck;
    private bool betweenEpochs, hasAnnounced;
    private int replans;

    /// <summary>Fitting a temperature takes another pass over the validation images.</summary>
    private double SecondsOfCalibration => calibrates ? secondsPerEpochEnd : 0;

    public override void OnTrainingStart(NinTrainingContext training)
    {
        var run = training.Run;
        var secondsPerLook = double.PositiveInfinity;
        for (var look = 0; look < Trials; look++)
        {
            var begin = clock.GetTimestamp();
            run.Learner.LookOnly(look);
            secondsPerLook = Math.Min(secondsPerLook, clock.GetElapsedTime(begin).TotalSeconds);
        }

        secondsPerStep = secondsPerLook * run.BatchesPerEpoch / run.StepsPerEpoch;
        secondsPerEpochEnd = secondsPerLook * (1 + (ForwardShare * validationImages / run.Settings.BatchSize));
        if (run.Plan.Taken == 0)
            run.Plan = StepPlan.Of(StepsThatFit(run));
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
        if (!betweenEpochs)
        {
            // The mean over about the last thirty steps.
            measuredSteps++;
            secondsPerStep += (seconds - secondsPerStep) / Math.Min(measuredSteps + TrialSteps, 30);
        }

        betweenEpochs = false;
        if (run.Elapsed.TotalSeconds - lastCheck >= Interval * budget.TotalSeconds && run.Plan.Left > 1)
            Replan(run);
    }

    public override void OnEpoch(NinTrainingContext training)
    {
        secondsPerEpochEnd = clock.GetElapsedTime(lastStep).TotalSeconds;
        (betweenEpochs, lastStep) = (true, clock.GetTimestamp());
    }

    /// <summary>A collapse has cost time, and a training that starts anew forgets its plan.</summary>
    internal override void OnWeightsReplaced(NinTrainingContext training)
    {
        var run = training.Run;
        replans++;
        (lastCheck, lastStep) = (run.Elapsed.TotalSeconds, clock.GetTimestamp());
        run.Plan = run.Plan.WithLeft(StepsThatFit(run));
    }

    public override void OnTrainingEnd(NinTrainingContext training)
    {
        var again = replans == 0
            ? $"To repeat it, set Options.NumberOfSteps = {training.Step} instead of the budget."
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
        betweenEpochs = true;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Announce(TrainingRun run) => run.Log.Info(
        Invariant($"Time budget {budget}: {run.Plan.Steps:N0} steps ({(double)run.Plan.Steps / run.StepsPerEpoch:F2} epochs) planned, ") +
        Invariant($"{secondsPerStep * 1000:F1} ms a step measured."));

    private void Replan(TrainingRun run)
    {
        lastCheck = run.Elapsed.TotalSeconds;
        var end = lastCheck + SecondsOfCalibration + (run.Plan.Left * (secondsPerStep + (secondsPerEpochEnd / run.StepsPerEpoch)));
        var over = (end / (budget.TotalSeconds * (1 - Rest))) - 1;
        if (over < MostLate && over > -MostEarly)
            return;
        var steps = StepsThatFit(run);
        if (steps == run.Plan.Left)
            return;
        replans++;
        run.Plan = run.Plan.WithLeft(steps);
    }

    private long StepsThatFit(TrainingRun run)
    {
        var left = (budget.TotalSeconds * (1 - Rest)) - SecondsOfCalibration - run.Elapsed.TotalSeconds;
        var steps = (long)(left / (secondsPerStep + (secondsPerEpochEnd / run.StepsPerEpoch)));
        if (run.Plan.Taken == 0 && steps < FewestSteps)
            run.Log.Warning(
                Invariant($"Options.TimeBudget is {budget}, of which {run.Elapsed.TotalSeconds:F1} s are used up with none of its steps ") +
                Invariant($"taken: {FewestSteps} steps are taken anyway."));
        return Math.Max(Math.Max(FewestSteps - run.Plan.Taken, 1), steps);
    }
}
