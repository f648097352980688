using Nin.MLNet.Native;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>
/// Forward, loss and backward over a batch, in parts side by side. Each part has a network of its own that shares the weights and has its
/// own gradient; the gradients are added up in a fixed order. Batch norm takes mean and variance from a part (ghost batch norm: Hoffer,
/// Hubara, Soudry 2017, arXiv 1705.08741); its running statistics are the mean of the parts'.
/// </summary>
internal sealed class BatchGradient : IDisposable
{
    /// <summary>Fewest images a part: with fewer, batch norm would see too little.</summary>
    public const int SmallestPart = 16;

    /// <summary>
    /// Activations that any thread's heap keeps, and that one thread computes: two would wait for each other at every layer, which beside
    /// another busy process takes most of the time.
    /// </summary>
    private const long SmallBytes = 32 << 20;
    private readonly TrainingSettings settings;
    private readonly NinNetwork network;
    private readonly InputPreparation preparation;
    private readonly Tensor? classWeights;
    private readonly NinNetwork[] replicas;
    private readonly int threads;
    private long? bytesPerImage;
    private readonly CutMix? cutMix;
    private DropoutRandom[] dropout = [];
    private Random[] mixing = [];

    public BatchGradient(TrainingSettings settings, NinNetwork network)
    {
        (this.settings, this.network, threads) = (settings, network, settings.Threads ?? ThreadCount.Default);
        var type = WorkingPrecision.Resolve(settings.Precision, network.Device);
        preparation = new InputPreparation(settings.Normalization, settings.ResizeTo, type, network.Device);
        classWeights = settings.ClassWeights is { } weights
            ? tensor(weights, dtype: ScalarType.Float32, device: network.Device).DetachFromDisposeScope()
            : null;
        cutMix = settings.CutMixProbability > 0 ? new CutMix(settings.CutMixProbability) : null;
        // A GPU computes a batch side by side by itself.
        var parts = network.Device.type == TorchSharp.DeviceType.CPU ? Math.Clamp(settings.BatchSize / SmallestPart, 1, threads) : 1;
        replicas = [network, .. Enumerable.Range(1, parts - 1).Select(_ => network.Replicate())];
    }

    /// <summary>Draws dropout masks and mixtures anew from a seed.</summary>
    /// <param name="seedOfPart">Seed by the number of the part.</param>
    /// <param name="mixes">Whether images are mixed, if the settings say so.</param>
    public void Seed(Func<int, ulong> seedOfPart, bool mixes = true)
    {
        dropout = [.. replicas.Select((_, part) => new DropoutRandom(seedOfPart(part)))];
        mixing = mixes && cutMix is not null ? [.. replicas.Select((_, part) => new Random((int)(seedOfPart(part) % int.MaxValue)))] : [];
    }

    /// <summary>Adds the batch's gradient to the network's.</summary>
    /// <param name="batch">Images and labels.</param>
    /// <param name="reached">As for <see cref="NinNetwork.Backward"/>; not told where a batch has more than one part.</param>
    public BatchOutcome Add(ImageBatch batch, Action<long>? reached = null)
    {
        using var scope = NewDisposeScope();
        var images = batch.Labels.shape[0];
        var parts = (int)Math.Clamp(images / SmallestPart, 1, replicas.Length);
        var outcomes = new BatchOutcome[parts];
        for (var part = 1; part < parts; part++)
            replicas[part].FollowBuffers(network);
        var bytes = images / parts * (bytesPerImage ??= BytesOf(batch.Pixels));
        var threadsPerPart = (int)Math.Clamp(bytes / SmallBytes, 1, threads / parts);
        TorchWorkers.Trainings.Run(parts, threadsPerPart, isSmall: bytes < SmallBytes, part =>
        {
            // Whatever mode the thread is in, a training records gradients.
            using var recording = enable_grad();
            var (from, to) = (images * part / parts, images * (part + 1) / parts);
            using var own = NewDisposeScope();
            outcomes[part] = Backward(part, batch.Part(from, to - from), parts == 1 ? reached : null);
        });
        for (var part = 1; part < parts; part++)
            network.TakeGradients(replicas[part]);
        network.AverageBuffers(replicas.AsSpan(0, parts));
        var all = BatchOutcome.Sum(outcomes);
        all.Logits.MoveToOuterDisposeScope();
        return all;
    }

    public void Dispose()
    {
        preparation.Dispose();
        classWeights?.Dispose();
        foreach (var replica in replicas.Skip(1))
            replica.Dispose();
    }

    /// <summary>Memory that the activations of one image take, about.</summary>
    private long BytesOf(Tensor pixels)
    {
        var (height, width) = (settings.ResizeTo ?? (int)pixels.shape[2], settings.ResizeTo ?? (int)pixels.shape[3]);
        return sizeof(float) * network.Architecture.Summarize(height, width).Rows
            .Sum(row => row.OutputShape.Aggregate(1L, (size, side) => size * side));
    }

    private BatchOutcome Backward(int number, ImageBatch part, Action<long>? reached)
    {
        var (replica, labels, weights) = (replicas[number], part.Labels.to(network.Device), part.Weights?.to(network.Device));
        var images = preparation.Prepare(part.Pixels.to(network.Device));
        var mixed = mixing.Length > 0 ? cutMix!.Apply(images, mixing[number]) : new MixedImages(images, null, 1);
        var logits = replica.Forward(mixed.Images, dropout[number]);
        var (loss, weight) = Loss(logits, labels, weights);
        var shown = labels;
        if (mixed.Others is { } others)
        {
            var labelsOfOthers = labels.index_select(0, others);
            // In all, they weigh as much.
            var (ofOthers, _) = Loss(logits, labelsOfOthers, weights?.index_select(0, others));
            loss = loss.Scale(mixed.Share).AddInPlace(ofOthers, 1 - mixed.Share);
            shown = mixed.Share < 0.5 ? labelsOfOthers : labels;
        }

        var sum = (double)loss.item<float>();
        if (weight > 0)
            replica.Backward(loss, reached);
        var outputs = logits.detach();
        return new BatchOutcome(sum, weight, Evaluator.CountCorrect(outputs, shown), labels.shape[0], outputs.DetachFromDisposeScope());
    }

    private (Tensor Sum, double Weight) Loss(Tensor logits, Tensor labels, Tensor? exampleWeights)
    {
        if (exampleWeights is null && classWeights is null)
        {
            var sum = nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum, label_smoothing: settings.LabelSmoothing);
            return (sum, labels.shape[0]);
        }

        // Smoothed without weights, then multiplied by the label's: cross_entropy's own weights would also weigh the smoothed share.
        var losses = nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.None, label_smoothing: settings.LabelSmoothing);
        var weights = classWeights is null ? exampleWeights! : classWeights.index_select(0, labels);
        if (classWeights is not null && exampleWeights is not null)
            weights = weights.mul(exampleWeights);
        return (losses.mul(weights).sum(), weights.sum().item<float>());
    }
}
