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
    private readonly Tensor? classWeights;
    private DropoutRandom dropout = new(0);

    public Learner(TrainingRun run)
    {
        (this.run, source, settings, network) = (run, run.Train, run.Settings, run.Network);
        var type = WorkingPrecision.Resolve(settings.Precision, network.Device);
        preparation = new InputPreparation(settings.Normalization, settings.ResizeTo, type, network.Device);
        classWeights = settings.ClassWeights is { } weights
            ? tensor(weights, dtype: ScalarType.Float32, device: network.Device).DetachFromDisposeScope()
            : null;
    }

    /// <summary>The running epoch's images, in an order and augmentation of their own.</summary>
    public IEnumerator<ImageBatch> StartEpoch()
    {
        var epoch = run.Epoch - 1;
        dropout = new DropoutRandom(settings.SeedFor("dropout", epoch, run.Attempt));
        return source.Batches(settings.BatchSize, settings.SeedFor("order", epoch, run.Attempt), epoch).GetEnumerator();
    }

    /// <summary>Forward and backward over the next accumulation group: its gradient stands in the network. False at the end of the images.</summary>
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
            var (sum, of) = Backward(batches.Current, run.Tally);
            (loss, weight) = (loss + sum, weight + of);
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

    /// <summary>Looks at the present weights with one batch, without learning from it or touching batch norm's running statistics.</summary>
    public void LookOnly(int number)
    {
        run.Log.CheckAlive();
        Clear();
        using var scope = NewDisposeScope();
        using var batches = source.Batches(settings.BatchSize, settings.SeedFor("look", run.Epoch, number), run.Epoch - 1).GetEnumerator();
        batches.MoveNext();
        network.BatchNormMomentum = 0;
        var (sum, weight) = Backward(batches.Current, tally: null);
        run.Look = Finish(sum, weight);
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
        using var enumerator = source.Batches(settings.BatchSize, settings.SeedFor("statistics order", run.Epoch), run.Epoch - 1).GetEnumerator();
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
        network.Forward(preparation.Prepare(batches.Current.Pixels.to(network.Device)), dropout, (layer, output) =>
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
        using var batches = source.Batches(settings.ScoringBatchSize, seed: null).GetEnumerator();
        return batches.MoveNext() && inference.Forward(batches.Current.Pixels).IsFinite();
    }

    public void Dispose()
    {
        preparation.Dispose();
        classWeights?.Dispose();
    }

    private void Clear()
    {
        using var scope = NewDisposeScope();
        network.Gradients.zero_();
    }

    /// <returns>Sum of the images' losses, each times its weight, and the sum of the weights.</returns>
    private (double Sum, double Weight) Backward(ImageBatch batch, EpochTally? tally)
    {
        // Whatever mode the caller's thread is in, a training records gradients.
        using var recording = enable_grad();
        var labels = batch.Labels.to(network.Device);
        var logits = network.Forward(preparation.Prepare(batch.Pixels.to(network.Device)), dropout);
        var (loss, weight) = Loss(logits, labels, batch.Weights?.to(network.Device));
        var sum = (double)loss.item<float>();
        if (weight > 0)
            loss.backward();
        var outputs = logits.detach();
        if (tally is not null)
        {
            tally.AddBatch(sum, weight, Evaluator.CountCorrect(outputs, labels), labels.shape[0]);
            run.Recovery.ObserveClasses(outputs, labels);
        }

        return (sum, weight);
    }

    private (Tensor Sum, double Weight) Loss(Tensor logits, Tensor labels, Tensor? exampleWeights)
    {
        if (exampleWeights is null && classWeights is null)
        {
            return (nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum, label_smoothing: settings.LabelSmoothing), labels.shape[0]);
        }

        // Smoothed without weights, then multiplied by the label's: cross_entropy's own weights would also weigh the smoothed share.
        var losses = nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.None, label_smoothing: settings.LabelSmoothing);
        var weights = classWeights is null ? exampleWeights! : classWeights.index_select(0, labels);
        if (classWeights is not null && exampleWeights is not null)
            weights = weights.mul(exampleWeights);
        return (losses.mul(weights).sum(), weights.sum().item<float>());
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
