namespace Nin.MLNet.Training;

/// <summary>
/// How many steps a training has and where in the schedule it stands. A new length may be given on the way: the schedule's position
/// stays, and the rest of it is spread over the steps that are left. An immutable value, so that going back is an assignment.
/// </summary>
/// <param name="Taken">Steps taken.</param>
/// <param name="Left">Steps left.</param>
/// <param name="Start">Position in the schedule, in [0, 1), where the present length was set.</param>
/// <param name="Since">Steps taken since then.</param>
internal readonly record struct StepPlan(long Taken, long Left, double Start, long Since)
{
    /// <summary>Steps in all.</summary>
    public long Steps => Taken + Left;

    /// <summary>Length that the schedule as a whole would have at the present pace, in steps.</summary>
    public double ScheduleLength => (Left + Since) / (1 - Start);

    /// <summary>The next step's place in a schedule of that length, from 0.</summary>
    public double ScheduleStep => (Start * ScheduleLength) + Since;

    public static StepPlan Of(long steps) => new(0, steps, 0, 0);

    public StepPlan AfterStep() => this with { Taken = Taken + 1, Left = Left - 1, Since = Since + 1 };

    /// <summary>The same training where an epoch has another number of steps: as many epochs taken and left.</summary>
    /// <param name="before">Steps an epoch had.</param>
    /// <param name="now">Steps an epoch has.</param>
    public StepPlan WithEpochsOf(long before, long now)
    {
        // What is left is never rounded to nothing.
        return this with { Taken = Scaled(Taken), Left = Math.Max(Math.Min(Left, 1), Scaled(Left)), Since = Scaled(Since) };

        long Scaled(long steps) => (long)Math.Round((double)steps * now / before);
    }

    /// <summary>The same place in the schedule with another number of steps left, at least one.</summary>
    public StepPlan WithLeft(long left) => new(Taken, Math.Max(1, left), ScheduleStep / ScheduleLength, 0);
}
