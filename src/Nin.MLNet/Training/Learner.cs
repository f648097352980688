using System.Globalization;
using Nin.MLNet.Native;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>The arithmetic of learning: forward, loss and backward over an accumulation group; the step; looks without a step.</summary>
internal sealed class Learner : IDisposable
{
    /// <summary>Weight of a batch in batch norm's running statistics, once enough batches have been seen.</summary>
    private const double StatisticsMomentum = 0.1;

    /// <summary>Batches after which batch norm's running statistics count as settled: each later batch moves them by a tenth.</summary>
    public const long SettledUpdates = 10;

    /// <summary>With fewer batches than this, batch norm's running statistics still reflect how the network began.</summary>
    public const long GrownUpdates = 100;

    /// <summary>Number of batches from which fresh statistics are computed.</summary>
    private const int StatisticsBatches = 16;
    private readonly TrainingRun run;
    private readonly IImageSource source;
    private readonly TrainingSettings settings;
    private readonly NinNetwork network;
    private readonly InputPreparation preparation;
    private readonly BatchGradient gradient;
    private readonly GradientSum sum;
    private bool hasMixed;

    public Learner(TrainingRun run)
    {
        (this.run, source, settings, network) = (run, run.Train, run.Settings, run.Network);
        var type = WorkingPrecision.Resolve(settings.Precision, network.Device);
        preparation = new InputPreparation(settings.Normalization, settings.ResizeTo, type, network.Device);
        gradient = new BatchGradient(settings, network);
        sum = new GradientSum(run.Replicas, network);
    }

    /// <summary>The running epoch's images, in the epoch's own order and augmentation.</summary>
    public IEnumerator<ImageBatch> StartEpoch()
    {
        var epoch = run.Epoch - 1;
        gradient.Seed(part => settings.OwnSeedFor($"dropout {part}", epoch, run.Attempt), DecideMixing());
        return source.Batches(settings.BatchSize, settings.OwnSeedFor("order", epoch, run.Attempt), epoch).GetEnumerator();
    }

    /// <summary>
    /// Forward and backward over the next accumulation group; leaves its gradient in the network. False when no images are left.
    /// </summary>
    public bool TryLook(IEnumerator<ImageBatch> batches)
    {
        Clear();
        var (loss, weight, correct, images, parts) = (0.0, 0.0, 0L, 0L, 0);
        for (; parts < settings.GradientAccumulation; parts++)
        {
            using var scope = NewDisposeScope();
            if (!batches.MoveNext())
                break;
            network.BatchNormMomentum = Math.Max(StatisticsMomentum, 1.0 / ++network.BatchNormUpdates);
            var isLast = parts == settings.GradientAccumulation - 1;
            var outcome = gradient.Add(batches.Current, isLast ? sum.Reach : null);
            if (isLast)
                sum.Complete();
            (loss, weight) = (loss + outcome.Loss, weight + outcome.Weight);
            (correct, images) = (correct + outcome.Correct, images + outcome.Images);
            run.Recovery.ObserveClasses(outcome.Logits, batches.Current.Labels);
        }

        if (parts == 0)
            return false;
        // The epoch's end cut the group short.
        if (parts < settings.GradientAccumulation)
            sum.Complete();
        Span<double> sums = [loss, weight, correct, images];
        run.Replicas.SumAlive(run.Log, sums);
        run.Tally.AddImages(sums[0], sums[1], (long)sums[2], (long)sums[3]);
        run.Look = Finish(sums[0], sums[1]);
        AverageStatistics();
        return true;
    }

    /// <summary>The optimiser's step along the gradient that <see cref="TryLook"/> left; no step if the images had no weight.</summary>
    public void Step(double learningRate)
    {
        run.Tally.AddStep(run.Look.GradientNorm);
        (run.StepLook, run.LearningRate) = (run.Look, learningRate);
        if (run.Look.Weight <= 0)
            return;
        using (no_grad())
        {
            if (settings.MaxGradientNorm is { } most && run.Look.GradientNorm > most)
                network.Gradients.ScaleInPlace(most / run.Look.GradientNorm);
        }

        run.Optimizer.Step(learningRate);
    }

    /// <summary>
    /// Looks at the present weights with one batch, without learning from it or changing batch norm's running statistics. The images are
    /// not mixed: the loss of two mixed classes can be as high as that of a network that knows nothing.
    /// </summary>
    public void LookOnly(int number)
    {
        Clear();
        using var scope = NewDisposeScope();
        var seed = settings.OwnSeedFor("look", run.Epoch, number);
        using var batches = source.Batches(settings.BatchSize, seed, run.Epoch - 1).GetEnumerator();
        batches.MoveNext();
        network.BatchNormMomentum = 0;
        gradient.Seed(part => settings.OwnSeedFor($"look {part}", run.Epoch, number), mixes: false);
        var outcome = gradient.Add(batches.Current, sum.Reach);
        sum.Complete();
        Span<double> sums = [outcome.Loss, outcome.Weight];
        run.Replicas.SumAlive(run.Log, sums);
        run.Look = Finish(sums[0], sums[1]);
        Clear();
    }

    /// <summary>Recomputes batch norm's running statistics from some batches if they are too young to score with.</summary>
    public void SettleStatistics()
    {
        if (!network.Architecture.BatchNorm || network.BatchNormUpdates >= GrownUpdates)
            return;
        using var _ = no_grad();
        var random = new DropoutRandom(settings.OwnSeedFor("statistics", run.Epoch));
        var seen = 0;
        using var enumerator = source
            .Batches(settings.BatchSize, settings.OwnSeedFor("statistics order", run.Epoch), run.Epoch - 1)
            .GetEnumerator();
        while (seen < StatisticsBatches)
        {
            using var scope = NewDisposeScope();
            if (!enumerator.MoveNext())
                break;
            network.BatchNormMomentum = 1.0 / ++seen;
            network.Forward(preparation.Prepare(enumerator.Current.Pixels.to(network.Device)), random);
        }

        AverageStatistics();
    }

    /// <summary>Description of the first layer whose output is all 0 or not finite for a batch; null if there is none.</summary>
    public string? FindDeadLayer()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var batches = source.Batches(settings.BatchSize, settings.SeedFor("look", run.Epoch), run.Epoch - 1).GetEnumerator();
        batches.MoveNext();
        network.BatchNormMomentum = 0;
        string? dead = null;
        network.Forward(preparation.Prepare(batches.Current.Pixels.to(network.Device)), new DropoutRandom(0), (layer, output) =>
        {
            var largest = output.abs().max().to(ScalarType.Float32).item<float>();
            if (dead is null && (largest == 0 || !float.IsFinite(largest)))
                dead = $"({layer.Name}) {layer}";
        });
        return dead;
    }

    /// <summary>Whether the present weights give finite scores for a batch of training images, with the running statistics.</summary>
    public bool ScoresAreFinite()
    {
        using var scope = NewDisposeScope();
        using var inference = new InferenceNetwork(network, settings.Normalization, settings.ResizeTo, settings.Precision);
        using var batches = source.Batches(settings.BatchSize, seed: null).GetEnumerator();
        return run.Replicas.All(batches.MoveNext() && inference.Forward(batches.Current.Pixels).IsFinite());
    }

    public void Dispose()
    {
        preparation.Dispose();
        gradient.Dispose();
    }

    /// <summary>
    /// Whether the running epoch's images are mixed, as far as the settings mix any. If the training decides, it mixes images that are
    /// mirrored: where a mirror image means the same, so does a part (docs/learning.md).
    /// </summary>
    private bool DecideMixing()
    {
        var mixes = !settings.ChoosesMixing || (source.IsMirrored && DefaultsBySize.GainsByMixing(run.Context.NumberOfEpochs));
        if (mixes && !hasMixed && settings is { ChoosesMixing: true, CutMixProbability: > 0 })
            run.Log.Info(string.Create(
                CultureInfo.InvariantCulture,
                $"From epoch {run.Epoch} on, images are mixed with one another (CutMix) with probability {settings.CutMixProbability}; ") +
                "Options.CutMixProbability sets another one. The train accuracy is that of mixed images, and so lower.");
        hasMixed |= mixes;
        return mixes;
    }

    private void Clear()
    {
        using var scope = NewDisposeScope();
        network.Gradients.zero_();
    }

    /// <summary>Each rank's running statistics come from its own images; their mean is used, as with the parts of a batch.</summary>
    private void AverageStatistics()
    {
        using var scope = NewDisposeScope();
        if (network.Architecture.BatchNorm)
            run.Replicas.Average(network.LearningBuffers);
    }

    /// <param name="loss">Sum of the losses of all ranks.</param>
    /// <param name="weight">Sum of the weights of all ranks.</param>
    private Look Finish(double loss, double weight)
    {
        if (weight <= 0)
            return new Look(double.NaN, 0, 0, 0);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        network.Gradients.ScaleInPlace(1 / weight);
        run.Symmetry?.Average(network.Gradients);
        return new Look(
            loss / weight, weight, network.Gradients.norm().item<float>(),
            network.Gradients.narrow(0, 0, network.FirstLayerCount).norm().item<float>());
    }
}
