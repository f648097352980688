namespace Nin.MLNet.Training;

/// <summary>
/// The learning rate range test: the rate rises by the same factor each step, and the losses are recorded. It runs several trainings, each
/// with its own weights and order, and the curve is their median, because a single training would depend on luck.
/// </summary>
internal sealed class LearningRateFinder
{
    private const int FewestSteps = 10, MostSteps = 100_000, Starts = 7;
    private const double Exploded = 4;
    private readonly double from, factor;
    private readonly int steps;

    public LearningRateFinder(double from, double to, int steps)
    {
        if (!(from > 0) || !(to > from) || !(to <= 100))
            throw new ArgumentException(
                FormattableString.Invariant($"The learning rates go from {from} to {to}: ") +
                "give a lowest above 0, and a highest above it of at most 100.");
        if (steps is < FewestSteps or > MostSteps)
            throw new ArgumentOutOfRangeException(nameof(steps), steps, $"it must be {FewestSteps} to {MostSteps}");
        (this.from, this.steps) = (from, steps);
        factor = Math.Pow(to / from, 1.0 / (steps - 1));
    }

    /// <summary>Trains several times, each time from weights of its own. The resulting weights are not used.</summary>
    /// <param name="begin">Makes a run with the seed for the given attempt.</param>
    public NinLearningRateCurve Run(Func<int, TrainingRun> begin)
    {
        var losses = Enumerable.Range(0, steps).Select(_ => new List<double>()).ToList();
        var middles = new List<double>();
        for (var attempt = 0; attempt < Starts; attempt++)
        {
            using var run = begin(attempt);
            using var start = run.Network.Snapshot();
            if (!run.Settings.StartsFromModel)
                run.DrawWeights();
            if (Follow(run, losses) is { } middle)
                middles.Add(Math.Log(middle));
            run.Network.Restore(start);
        }

        var curve = new NinLearningRateCurve.Builder();
        // The curve ends where most of the trainings ended.
        foreach (var (loss, step) in losses.Select((loss, step) => (loss, step)).TakeWhile(entry => entry.loss.Count > Starts / 2))
        {
            // A training that has ended counts as having the highest loss.
            curve.Add(RateOf(step), loss.Order().ElementAtOrDefault(Starts / 2));
            if (curve.Smoothed > Exploded * curve.Lowest)
                break;
        }

        return curve.Build(middles.Count > Starts / 2 ? Math.Exp(middles.Average()) : null);
    }

    /// <returns>The middle of the rates at which its loss was low.</returns>
    private double? Follow(TrainingRun run, List<List<double>> losses)
    {
        var curve = new NinLearningRateCurve.Builder();
        var step = 0;
        for (var lowest = double.PositiveInfinity; step < steps; run.Epoch++)
        {
            using var batches = run.Learner.StartEpoch();
            while (step < steps && run.Learner.TryLook(batches))
            {
                var look = run.Look;
                if (look.Weight <= 0)
                    continue;
                if (!double.IsFinite(look.Loss) || !double.IsFinite(look.GradientNorm))
                    return curve.Middle();
                losses[step].Add(look.Loss);
                curve.Add(RateOf(step), look.Loss);
                lowest = Math.Min(lowest, look.Loss);
                if (look.Loss > 2 * Exploded * lowest)
                    return curve.Middle();
                run.Learner.Step(RateOf(step++));
            }
        }

        return curve.Middle();
    }

    private double RateOf(long step) => from * Math.Pow(factor, step);
}
