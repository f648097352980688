namespace Nin.MLNet.Training;

/// <summary>The learning rate as a pure function of the step.</summary>
internal static class LearningRateSchedule
{
    /// <summary>
    /// Fraction of the highest learning rate at <paramref name="step"/> of <paramref name="steps"/> (from 0), in [0, 1]: 1 at the end of
    /// the warm-up, <paramref name="finalShare"/> at the last step.
    /// </summary>
    public static double ShareAt(double step, double steps, NinTrainer.Schedule schedule, double warmUpShare, double finalShare)
    {
        if (schedule == NinTrainer.Schedule.Constant)
            return 1;
        var warmUp = Math.Round(warmUpShare * steps);
        if (step + 1 < warmUp)
            return (step + 1) / warmUp;
        var peak = Math.Max(0, warmUp - 1);
        var fallen = steps - 1 <= peak ? 0 : Math.Clamp((step - peak) / (steps - 1 - peak), 0, 1);
        var left = schedule == NinTrainer.Schedule.OneCycle ? 1 - fallen : (1 + Math.Cos(Math.PI * fallen)) / 2;
        return finalShare + ((1 - finalShare) * left);
    }
}
