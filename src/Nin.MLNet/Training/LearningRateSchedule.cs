namespace Nin.MLNet.Training;

/// <summary>The learning rate as a pure function of the step.</summary>
internal static class LearningRateSchedule
{
    /// <summary>Share of the highest learning rate at <paramref name="step"/> of <paramref name="steps"/> (from 0), in [0, 1].</summary>
    public static double FactorAt(long step, long steps, NinTrainer.Schedule schedule, double warmUp, double final)
    {
        if (schedule == NinTrainer.Schedule.Constant)
            return 1;
        var rising = warmUp * steps;
        if (step < rising)
            return (step + 1) / Math.Max(rising, 1);
        var fallen = Math.Clamp((step - rising) / Math.Max(steps - rising, 1), 0, 1);
        var left = schedule == NinTrainer.Schedule.OneCycle ? 1 - fallen : (1 + Math.Cos(Math.PI * fallen)) / 2;
        return final + ((1 - final) * left);
    }
}
