using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>One pass over the training images: forward, loss, backward, step; and one over the validation images.</summary>
internal sealed class EpochRunner(NinTrainer.Options options, TrainingPlan plan, TrainingState state, CollapseGuard guard, ITrainingLog log) : IDisposable
{
    private const double LeastWeight = 1e-12;
    private readonly NinNetwork network = state.Network;
    private readonly InputPreparation preparation = new(
        plan.Normalization, options.ResizeTo, WorkingPrecision.Resolve(options.Precision, state.Network.Device), state.Network.Device);

    private readonly Tensor? classWeights = plan.ClassWeights is { } weights
        ? tensor(weights, device: state.Network.Device).DetachFromDisposeScope()
        : null;

    /// <summary>Learning rate of the latest step.</summary>
    public double LearningRate { get; private set; }

    /// <summary>Learning rate of a step (from 0) of so many; as the options say, unless another is given.</summary>
    public Func<long, long, double> RateAt { get; init; } = (step, steps) =>
        options.LearningRate * LearningRateSchedule.FactorAt(step, steps, options.Schedule, options.WarmUpShare, options.FinalLearningRateShare);

    /// <summary>Trains one epoch.</summary>
    /// <param name="source">The images.</param>
    /// <param name="epoch">Number of the epoch, from 0.</param>
    /// <param name="tally">Takes in every batch and step.</param>
    /// <param name="onStep">Gets each step's loss and says whether to go on; null: to the epoch's end.</param>
    /// <returns>What the guard found, in words; null where the epoch went well.</returns>
    public string? Train(IImageSource source, int epoch, EpochTally tally, Func<double, bool>? onStep = null)
    {
        var stepsPerEpoch = StepsPerEpoch(source.Count);
        var step = (long)epoch * stepsPerEpoch;
        var random = new DropoutRandom(plan.SeedFor("dropout", epoch, state.Recoveries));
        using var batches = source.Batches(options.BatchSize, plan.SeedFor("order", epoch, state.Recoveries), epoch).GetEnumerator();
        ClearGradients();
        // Gradients of sums are added up and divided at the step: batches of other sizes count as one large batch would.
        var (pending, weight) = (0, 0.0);
        while (true)
        {
            log.CheckAlive();
            options.CancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var more = batches.MoveNext();
            var loss = 0.0;
            if (more)
            {
                (loss, var batchWeight) = Backward(batches.Current, random, tally);
                (pending, weight) = (pending + 1, weight + batchWeight);
            }

            if (pending == options.GradientAccumulation || (!more && pending > 0))
            {
                Average(weight);
                (pending, weight) = (0, 0);
                if (Step(loss, step++, stepsPerEpoch * options.NumberOfEpochs, tally) is { } finding)
                {
                    var dead = more ? FindDeadLayer(batches.Current, random) : null;
                    return dead is null ? finding : $"{finding}; the first layer without a live output is {dead}";
                }

                if (onStep?.Invoke(loss) == false)
                    return null;
            }

            if (!more)
                return null;
            var progress = new NinProgress(epoch + 1, options.NumberOfEpochs, tally.Images, source.Count, tally.Loss, tally.ImagesPerSecond);
            log.Progress(progress);
            options.OnBatch?.Invoke(progress);
        }
    }

    /// <summary>Loss and accuracy of the present weights over a whole set.</summary>
    public (double Loss, double Accuracy) Evaluate(IImageSource source)
    {
        using var scoring = new InferenceNetwork(network, plan.Normalization, options.ResizeTo, options.Precision);
        var tally = new EpochTally();
        using var batches = source.Batches(options.ScoringBatchSize, seed: null).GetEnumerator();
        while (true)
        {
            log.CheckAlive();
            options.CancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            if (!batches.MoveNext())
                return (tally.Loss, tally.Accuracy);
            var labels = batches.Current.Labels.to(network.Device);
            var logits = scoring.Forward(batches.Current.Pixels);
            tally.AddBatch(nn.functional.cross_entropy(logits, labels).item<float>(), CountCorrect(logits, labels), labels.shape[0]);
        }
    }

    public long StepsPerEpoch(long images)
    {
        var batches = (images + options.BatchSize - 1) / options.BatchSize;
        return (batches + options.GradientAccumulation - 1) / options.GradientAccumulation;
    }

    public void Dispose()
    {
        preparation.Dispose();
        classWeights?.Dispose();
    }

    private static long CountCorrect(Tensor logits, Tensor labels) => logits.argmax(1).eq(labels).sum().item<long>();

    private void ClearGradients()
    {
        using var scope = NewDisposeScope();
        network.Gradients.zero_();
    }

    /// <returns>The batch's mean loss, and the weight of its examples together.</returns>
    private (double Loss, double Weight) Backward(ImageBatch batch, DropoutRandom random, EpochTally tally)
    {
        var labels = batch.Labels.to(network.Device);
        var logits = network.Forward(preparation.Prepare(batch.Pixels.to(network.Device)), random);
        var (sum, weight) = Loss(logits, labels, batch.Weights?.to(network.Device));
        // A batch whose examples all weigh nothing teaches nothing, rather than 0/0.
        var mean = sum / Math.Max(weight, LeastWeight);
        (options.GradientAccumulation > 1 ? sum : mean).backward();
        var value = mean.item<float>();
        var outputs = logits.detach();
        tally.AddBatch(value, CountCorrect(outputs, labels), labels.shape[0]);
        ObserveClasses(outputs, labels);
        return (value, weight);
    }

    /// <returns>Sum of the examples' losses, each times its weight, and the sum of the weights.</returns>
    private (Tensor Sum, double Weight) Loss(Tensor logits, Tensor labels, Tensor? exampleWeights)
    {
        if (exampleWeights is null)
        {
            var sum = nn.functional.cross_entropy(logits, labels, classWeights, reduction: nn.Reduction.Sum, label_smoothing: options.LabelSmoothing);
            return (sum, classWeights is null ? labels.shape[0] : classWeights.index_select(0, labels).sum().item<float>());
        }

        var losses = nn.functional.cross_entropy(logits, labels, classWeights, reduction: nn.Reduction.None, label_smoothing: options.LabelSmoothing);
        var weights = classWeights is null ? exampleWeights : exampleWeights * classWeights.index_select(0, labels);
        return ((losses * exampleWeights).sum(), weights.sum().item<float>());
    }

    private void Average(double weight)
    {
        if (options.GradientAccumulation == 1)
            return;
        using var _ = no_grad();
        network.Gradients.div_(Math.Max(weight, LeastWeight));
    }

    private string? Step(double loss, long step, long steps, EpochTally tally)
    {
        using var _ = no_grad();
        double norm = network.Gradients.norm().item<float>();
        double first = network.Gradients.narrow(0, 0, network.FirstLayerCount).norm().item<float>();
        tally.AddStep(norm);
        if (guard.Observe(loss, double.IsFinite(norm) ? first : norm) is { } finding)
            return finding;

        if (options.MaxGradientNorm is { } most && norm > most)
            network.Gradients.mul_(most / norm);
        LearningRate = RateAt(step, steps) * state.LearningRateScale * RecoveryWarmUp(steps);
        state.Optimizer.Step(LearningRate);
        state.StepsSinceRecovery++;
        network.Gradients.zero_();
        state.Average.Update();
        return null;
    }

    private void ObserveClasses(Tensor logits, Tensor labels)
    {
        if (!network.Architecture.LastReLU)
            return;
        var examples = labels.bincount(null, network.Architecture.Classes).cpu().data<long>().ToArray();
        // A class that weighs nothing may stay silent.
        for (var k = 0; k < examples.Length; k++)
            examples[k] = plan.ClassWeights is { } weights && weights[k] == 0 ? 0 : examples[k];
        guard.ObserveClasses(logits.amax([0]).cpu().data<float>().ToArray(), examples);
    }

    /// <summary>After a recovery the learning rate comes back in a straight line over a tenth of an epoch's worth of steps, at least ten.</summary>
    private double RecoveryWarmUp(long steps)
    {
        if (state.Recoveries == 0)
            return 1;
        var length = Math.Clamp(steps / 50, 10, 200);
        return Math.Min(1, (state.StepsSinceRecovery + 1.0) / length);
    }

    private string? FindDeadLayer(ImageBatch batch, DropoutRandom random)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        string? dead = null;
        network.Forward(preparation.Prepare(batch.Pixels.to(network.Device)), random, (layer, output) =>
        {
            var largest = output.abs().max().to(float32).item<float>();
            if (dead is null && (largest == 0 || !float.IsFinite(largest)))
                dead = $"({layer.Name}) {layer}";
        });
        return dead;
    }
}
