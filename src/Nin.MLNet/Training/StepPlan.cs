namespace Nin.MLNet.Training;

/// <summary>
/// How many steps a training has and where in the schedule it is. The length may change during the training: the position in the schedule
/// stays, and the rest of the schedule is spread over the remaining steps. An immutable value, so that going back is an assignment.
/// </summary>
/// <param name="Taken">Steps taken.</param>
/// <param name="Left">Steps left.</param>
/// <param name="Start">Position in the schedule, in [0, 1), where the present length was set.</param>
/// <param name="Since">Steps taken since then.</param>
internal readonly record struct StepPlan(long Taken, long Left, double Start, long Since)
{
    /// <summary>Steps in all.</summary>
    public long Steps => Taken + Left;

    /// <summary>Length of the whole schedule at the present pace, in steps.</summary>
    public double ScheduleLength => (Left + Since) / (1 - Start);

    /// <summary>The next step's position in a schedule of that length, from 0.</summary>
    public double ScheduleStep => (Start * ScheduleLength) + Since;

    public static StepPlan Of(long steps) => new(0, steps, 0, 0);

    public StepPlan AfterStep() => this with { Taken = Taken + 1, Left = Left - 1, Since = Since + 1 };

    /// <summary>The same training with a different number of steps per epoch: the epochs taken and left stay the same.</summary>
    /// <param name="before">Steps per epoch so far.</param>
    /// <param name="now">Steps per epoch from now on.</param>
    public StepPlan WithEpochsOf(long before, long now)
    {
        // Remaining steps are never rounded down to none.
        return this with { Taken = Scaled(Taken), Left = Math.Max(Math.Min(Left, 1), Scaled(Left)), Since = Scaled(Since) };

        long Scaled(long steps) => (long)Math.Round((double)steps * now / before);
    }

    /// <summary>The same position in the schedule with a different number of steps left, at least one.</summary>
    public StepPlan WithLeft(long left) => new(Taken, Math.Max(1, left), ScheduleStep / ScheduleLength, 0);
}
