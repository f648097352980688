using Nin.MLNet.Native;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>The arithmetic of learning: forward, loss, backward over an accumulation group; the step; looks without a step.</summary>
internal sealed class Learner : IDisposable
{
    /// <summary>Weight of a batch in batch norm's running statistics, once enough batches were seen.</summary>
    private const double StatisticsMomentum = 0.1;

    /// <summary>Batches after which batch norm's running statistics count as settled: each later batch moves them by a tenth.</summary>
    public const long SettledUpdates = 10;
    private readonly TrainingRun run;
    private readonly IImageSource source;
    private readonly TrainingSettings settings;
    private readonly NinNetwork network;
    private readonly InputPreparation preparation;
    private readonly BatchGradient gradient;

    public Learner(TrainingRun run)
    {
        (this.run, source, settings, network) = (run, run.Train, run.Settings, run.Network);
        var type = WorkingPrecision.Resolve(settings.Precision, network.Device);
        preparation = new InputPreparation(settings.Normalization, settings.ResizeTo, type, network.Device);
        gradient = new BatchGradient(settings, network);
    }

    /// <summary>The running epoch's images, in an order and augmentation of their own.</summary>
    public IEnumerator<ImageBatch> StartEpoch()
    {
        var epoch = run.Epoch - 1;
        gradient.Seed(part => settings.SeedFor($"dropout {part}", epoch, run.Attempt));
        return source.Batches(settings.BatchSize, settings.SeedFor("order", epoch, run.Attempt), epoch).GetEnumerator();
    }

    /// <summary>
    /// Forward and backward over the next accumulation group: its gradient stands in the network. False at the end of the images.
    /// </summary>
    public bool TryLook(IEnumerator<ImageBatch> batches)
    {
        run.Log.CheckAlive();
        Clear();
        var (loss, weight, parts) = (0.0, 0.0, 0);
        for (; parts < settings.GradientAccumulation; parts++)
        {
            using var scope = NewDisposeScope();
            if (!batches.MoveNext())
                break;
            network.BatchNormMomentum = Math.Max(StatisticsMomentum, 1.0 / ++network.BatchNormUpdates);
            var outcome = gradient.Add(batches.Current);
            (loss, weight) = (loss + outcome.Loss, weight + outcome.Weight);
            run.Tally.AddBatch(outcome.Loss, outcome.Weight, outcome.Correct, outcome.Images);
            run.Recovery.ObserveClasses(outcome.Logits, batches.Current.Labels);
        }

        if (parts == 0)
            return false;
        run.Look = Finish(loss, weight);
        return true;
    }

    /// <summary>The optimiser's step along the gradient that <see cref="TryLook"/> left; none where the images weighed nothing.</summary>
    public void Step(double learningRate)
    {
        run.Tally.AddStep(run.Look.GradientNorm);
        run.LearningRate = learningRate;
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
    /// Looks at the present weights with one batch, without learning from it or touching batch norm's running statistics.
    /// </summary>
    public void LookOnly(int number)
    {
        run.Log.CheckAlive();
        Clear();
        using var scope = NewDisposeScope();
        using var batches = source.Batches(settings.BatchSize, settings.SeedFor("look", run.Epoch, number), run.Epoch - 1).GetEnumerator();
        batches.MoveNext();
        network.BatchNormMomentum = 0;
        gradient.Seed(part => settings.SeedFor($"look {part}", run.Epoch, number));
        var outcome = gradient.Add(batches.Current);
        run.Look = Finish(outcome.Loss, outcome.Weight);
        Clear();
    }

    /// <summary>Batch norm's running statistics anew from some batches of the present weights; true where there is batch norm.</summary>
    public bool RefreshStatistics(int batches)
    {
        if (!network.Architecture.BatchNorm)
            return false;
        using var _ = no_grad();
        var random = new DropoutRandom(settings.SeedFor("statistics", run.Epoch));
        var seen = 0;
        using var enumerator = source
            .Batches(settings.BatchSize, settings.SeedFor("statistics order", run.Epoch), run.Epoch - 1)
            .GetEnumerator();
        while (seen < batches)
        {
            using var scope = NewDisposeScope();
            if (!enumerator.MoveNext())
                break;
            network.BatchNormMomentum = 1.0 / ++seen;
            network.Forward(preparation.Prepare(enumerator.Current.Pixels.to(network.Device)), random);
        }

        return true;
    }

    /// <summary>The first layer whose output is 0 or no number for a whole batch, in words; null where there is none.</summary>
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
        return batches.MoveNext() && inference.Forward(batches.Current.Pixels).IsFinite();
    }

    public void Dispose()
    {
        preparation.Dispose();
        gradient.Dispose();
    }

    private void Clear()
    {
        using var scope = NewDisposeScope();
        network.Gradients.zero_();
    }

    private Look Finish(double loss, double weight)
    {
        if (weight <= 0)
            return new Look(double.NaN, 0, 0, 0);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        network.Gradients.ScaleInPlace(1 / weight);
        return new Look(
            loss / weight, weight, network.Gradients.norm().item<float>(),
            network.Gradients.narrow(0, 0, network.FirstLayerCount).norm().item<float>());
    }
}
