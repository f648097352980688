using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Nin.MLNet.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// The network as it scores: batch norm folded into the convolutions, working precision, never written; many threads may use it at once.
/// </summary>
internal sealed class InferenceNetwork : IDisposable
{
    /// <summary>Bytes of images and activations a forward, about: more make it no faster.</summary>
    private const long BytesPerForward = 32 << 20;
    private readonly List<Step> steps = [];
    private readonly ConcurrentDictionary<(long Height, long Width), Lazy<SingleCall?>> singleCalls = new();
    private readonly InputPreparation preparation;
    private readonly Device device;
    private readonly int? resizeTo;

    /// <exception cref="InvalidOperationException">A weight or running statistic is not finite; the message names its layer.</exception>
    public InferenceNetwork(
        NinNetwork network, Normalization normalization, int? resizeTo, NinTrainer.Precision precision, Device? scoringDevice = null)
    {
        device = scoringDevice ?? network.Device;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var layers = FoldedLayer.Of(network);
        var type = WorkingPrecision.Resolve(precision, device);
        preparation = new InputPreparation(normalization, resizeTo, type, device);
        this.resizeTo = resizeTo;
        Architecture = network.Architecture;
        foreach (var (layer, rectifies, weight, bias) in layers)
            steps.Add(new Step(
                layer, weight is null ? null : new ScoringConvolution(layer, rectifies, weight.to(device), bias!.to(device))));
    }

    public NinArchitecture Architecture { get; }

    /// <summary>What has been computed in another way than the fastest so far, and why; one line for each layer. For the log.</summary>
    public IReadOnlyList<string> KernelNotes => [.. steps.Select(step => step.Convolution?.Note).OfType<string>()];

    /// <summary>Softmax probabilities of <paramref name="count"/> images.</summary>
    /// <param name="pixels">Raw values, planar: [count, C, H, W].</param>
    /// <param name="shape">Shape of one image.</param>
    /// <param name="count">Number of images.</param>
    /// <param name="scores">Takes [count, K].</param>
    /// <param name="threads">Threads that the images are shared out to; null: as many as the machine offers.</param>
    public void Score(ReadOnlySpan<float> pixels, NinImageShape shape, int count, Span<float> scores, int? threads) =>
        Run(pixels, shape, count, logits => logits.softmax(1), scores, threads);

    /// <summary>As <see cref="Score"/>, without the softmax.</summary>
    public void Logits(ReadOnlySpan<float> pixels, NinImageShape shape, int count, Span<float> logits, int? threads) =>
        Run(pixels, shape, count, x => x, logits, threads);

    /// <summary>Raw images [N, C, H, W] on any device to logits [N, K] in float32.</summary>
    public Tensor Forward(Tensor pixels)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        var x = preparation.Prepare(pixels.to(device));
        foreach (var step in steps)
            x = step.Run(x);
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="Forward(Tensor)"/>, in parts side by side, one thread each; logits on the CPU.</summary>
    public Tensor Forward(Tensor pixels, TorchWorkers workers, int? threads)
    {
        var images = pixels.shape[0];
        var atOnce = threads ?? ThreadCount.Default;
        var most = ImagesPerForward(
            Architecture, new NinImageShape((int)pixels.shape[1], resizeTo ?? (int)pixels.shape[2], resizeTo ?? (int)pixels.shape[3]));
        var fewest = device.type == DeviceType.CPU ? Math.Max(atOnce, (images + most - 1) / most) : 1;
        var logits = new Tensor[Math.Min(images, fewest)];
        workers.Run(logits.Length, threads: 1, isSmall: true, part =>
        {
            using var scope = NewDisposeScope();
            var (from, to) = (images * part / logits.Length, images * (part + 1) / logits.Length);
            logits[part] = Forward(pixels.narrow(0, from, to - from)).cpu().DetachFromDisposeScope();
        });
        var all = cat(logits, 0);
        foreach (var part in logits)
            part.Dispose();
        return all;
    }

    /// <summary>Images that so many threads score at once without taking more than about 32 MB each.</summary>
    /// <param name="architecture">The network.</param>
    /// <param name="shape">Shape of one image as the network reads it.</param>
    /// <param name="threads">Threads; null: as many as the machine offers.</param>
    public static int ImagesPerBatch(NinArchitecture architecture, NinImageShape shape, int? threads) =>
        (int)Math.Min(int.MaxValue, ImagesPerForward(architecture, shape) * (threads ?? ThreadCount.Default));

    public void Dispose()
    {
        preparation.Dispose();
        foreach (var step in steps)
            step.Convolution?.Dispose();
    }

    private static long ImagesPerForward(NinArchitecture architecture, NinImageShape shape)
    {
        var largest = architecture.Summarize(shape.Height, shape.Width).Rows
            .Max(row => row.OutputShape.Aggregate(1L, (size, side) => size * side));
        // A layer's input and output stand in memory together.
        var bytes = 2 * sizeof(float) * Math.Max(largest, shape.Size);
        return Math.Max(1, BytesPerForward / bytes);
    }

    private void Run(
        ReadOnlySpan<float> pixels, NinImageShape shape, int count, Func<Tensor, Tensor> head, Span<float> results, int? threads)
    {
        using var scope = NewDisposeScope();
        var images = empty([count, shape.Channels, shape.Height, shape.Width], dtype: ScalarType.Float32, device: CPU);
        MemoryMarshal.AsBytes(pixels[..(count * shape.Size)]).CopyTo(images.bytes);
        var scores = head(count == 1 ? ForwardHere(images) : Forward(images, TorchWorkers.Batches, threads)).contiguous();
        scores.bytes.CopyTo(MemoryMarshal.AsBytes(results));
    }

    /// <summary>A single image on the caller's thread: handing it to another would take as long as some layers.</summary>
    private Tensor ForwardHere(Tensor image)
    {
        using var threads = new ThreadCount(1);
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        var x = preparation.Prepare(image.to(device));
        var call = singleCalls.GetOrAdd((x.shape[2], x.shape[3]), _ => new Lazy<SingleCall?>(() => AsSingleCall(x))).Value;
        return (call?.Run(x) ?? Forward(image)).cpu().MoveToOuterDisposeScope();
    }

    /// <summary>The layers as one call, where it gives exactly what they give one by one.</summary>
    private SingleCall? AsSingleCall(Tensor image)
    {
        using var scope = NewDisposeScope();
        var x = image.clone();
        var layers = new List<(Layer, FusedConvolution?, long[])>();
        foreach (var step in steps)
        {
            var y = step.Run(x);
            layers.Add((step.Layer, step.Convolution?.FusedFor(x), x.shape));
            x = y;
        }

        var call = SingleCall.Of(layers);
        return call is not null && call.Run(image.clone()).Equals(x) ? call : null;
    }

    /// <summary>A layer; a convolution has batch norm and ReLU within it.</summary>
    private sealed record Step(Layer Layer, ScoringConvolution? Convolution = null)
    {
        public Tensor Run(Tensor x) => Layer.Kind switch
        {
            LayerKind.Convolution => Convolution!.Run(x),
            LayerKind.ReLU => x.relu_(),
            LayerKind.MaxPool => Kernels.MaxPool(x, Layer),
            LayerKind.AveragePool => Kernels.AveragePool(x, Layer),
            _ => Kernels.GlobalAveragePool(x),
        };
    }
}
