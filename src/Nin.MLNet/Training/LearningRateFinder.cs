using Nin.MLNet.Network;

namespace Nin.MLNet.Training;

/// <summary>The learning rate range test: rates rise by the same factor each step, and the losses are written down.</summary>
internal sealed class LearningRateFinder
{
    private const int FewestSteps = 10, MostSteps = 100_000;
    private const double Exploded = 4;
    private readonly double from, factor;
    private readonly int steps;

    public LearningRateFinder(double from, double to, int steps)
    {
        if (!(from > 0) || !(to > from) || !(to <= 100))
            throw new ArgumentException(FormattableString.Invariant($"The learning rates go from {from} to {to}: give a lowest above 0, and a highest above it of at most 100."));
        if (steps is < FewestSteps or > MostSteps)
            throw new ArgumentOutOfRangeException(nameof(steps), steps, $"it must be {FewestSteps} to {MostSteps}");
        (this.from, this.steps) = (from, steps);
        factor = Math.Pow(to / from, 1.0 / (steps - 1));
    }

    /// <summary>Trains the network until the loss explodes or the rates are at their end. Its weights are of no use afterwards.</summary>
    public NinLearningRateCurve Run(NinNetwork network, NinTrainer.Options options, TrainingPlan plan, IImageSource source, ITrainingLog log)
    {
        if (options.InitialModel is null)
            WeightInitialization.Apply(network, options.Initialization, plan.SeedFor("weights"));
        var guard = new CollapseGuard(network.Architecture.Classes);
        using var state = new TrainingState(network, options);
        using var runner = new EpochRunner(options, plan, state, guard, log) { RateAt = (step, _) => RateOf(step) };
        var curve = new NinLearningRateCurve.Builder();
        for (var epoch = 0; curve.Count < steps; epoch++)
        {
            // A loss that is no number, or a dead network, ends the test as an explosion does.
            var finding = runner.Train(source, epoch, new EpochTally(), loss =>
            {
                curve.Add(RateOf(curve.Count), loss);
                return curve.Count < steps && curve.Smoothed <= Exploded * curve.Lowest;
            });
            if (finding is not null || curve.Smoothed > Exploded * curve.Lowest)
                break;
        }

        return curve.Build();
    }

    private double RateOf(long step) => from * Math.Pow(factor, step);
}
