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
    private readonly FloatNetwork? own;
    private readonly ConcurrentDictionary<(long Height, long Width), Lazy<SingleCall?>> singleCalls = new();
    private readonly InputPreparation preparation;
    private readonly Device device;
    private readonly int? resizeTo;
    private readonly double temperature;

    /// <exception cref="InvalidOperationException">A weight or running statistic is not finite; the message names its layer.</exception>
    public InferenceNetwork(
        NinNetwork network, Normalization normalization, int? resizeTo, NinTrainer.Precision precision, Device? scoringDevice = null,
        double temperature = 1)
    {
        device = scoringDevice ?? network.Device;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var layers = FoldedLayer.Of(network);
        var type = WorkingPrecision.Resolve(precision, device);
        preparation = new InputPreparation(normalization, resizeTo, type, device);
        (this.resizeTo, this.temperature) = (resizeTo, temperature);
        Architecture = network.Architecture;
        // The head comes after the maps.
        layers = [.. layers.Where(folded => folded.Layer.Kind != LayerKind.GlobalAveragePool)];
        own = type == ScalarType.Float32 ? FloatNetwork.Of(layers, device) : null;
        if (own is not null)
            return;
        foreach (var (layer, rectifies, weight, bias) in layers)
            steps.Add(new Step(
                layer, weight is null ? null : new ScoringConvolution(layer, rectifies, weight.to(device), bias!.to(device))));
    }

    public NinArchitecture Architecture { get; }

    /// <summary>What has been computed in another way than the fastest so far, and why; one line for each layer. For the log.</summary>
    public IReadOnlyList<string> KernelNotes => [.. steps.Select(step => step.Convolution?.Note).OfType<string>()];

    /// <summary>Softmax probabilities of <paramref name="count"/> images, of logits divided by the temperature.</summary>
    /// <param name="pixels">Raw values, planar: [count, C, H, W].</param>
    /// <param name="shape">Shape of one image.</param>
    /// <param name="count">Number of images.</param>
    /// <param name="scores">Takes [count, K].</param>
    /// <param name="threads">Threads that the images are shared out to; null: as many as the machine offers.</param>
    public void Score(ReadOnlySpan<float> pixels, NinImageShape shape, int count, Span<float> scores, int? threads) =>
        Run(pixels, shape, count, (maps, _) => Probabilities(maps), scores, threads);

    /// <summary>As <see cref="Score"/>, without temperature and softmax.</summary>
    public void Logits(ReadOnlySpan<float> pixels, NinImageShape shape, int count, Span<float> logits, int? threads) =>
        Run(pixels, shape, count, Pool, logits, threads);

    /// <summary>As <see cref="Score"/>, but gives the maps whose means are the logits (paper section 4.6).</summary>
    /// <param name="pixels">Raw values, planar: [count, C, H, W].</param>
    /// <param name="shape">Shape of one image.</param>
    /// <param name="count">Number of images.</param>
    /// <param name="ofPredicted">Whether to give the map of one class alone.</param>
    /// <param name="predicted">That class of each image, from 0: [count]; null: the likeliest by the image itself.</param>
    /// <param name="resized">Whether to resize the maps to the images' size.</param>
    /// <param name="maps">Takes [count, K, h, w], or [count, h, w] of the one class.</param>
    /// <param name="threads">Threads that the images are shared out to; null: as many as the machine offers.</param>
    public void Maps(
        ReadOnlySpan<float> pixels, NinImageShape shape, int count, bool ofPredicted, long[]? predicted, bool resized, Span<float> maps,
        int? threads) =>
        Run(
            pixels, shape, count,
            (all, first) =>
            {
                var asked = (ofPredicted ? OfOne(all, Predicted(all, first)) : all).to(float32);
                return resized ? Kernels.Resize(asked, shape.Height, shape.Width) : asked;

                // By probabilities, not logits: those of two classes may be equal where their logits are not, and PredictedLabel goes by
                // them.
                Tensor Predicted(Tensor all, long first) => predicted is null
                    ? Probabilities(all).argmax(1)
                    : tensor(predicted.AsSpan((int)first, (int)all.shape[0]).ToArray(), dtype: ScalarType.Int64, device: all.device);
            },
            maps, threads);

    /// <summary>Raw images [N, C, H, W] on any device to logits [N, K] in float32.</summary>
    public Tensor Forward(Tensor pixels) => Forward(pixels, Pool, first: 0);

    /// <summary>As <see cref="Forward(Tensor)"/>, in parts side by side, one thread each; logits on the CPU.</summary>
    public Tensor Forward(Tensor pixels, TorchWorkers workers, int? threads) =>
        Forward(pixels, Pool, workers, threads);

    /// <summary>Images that so many threads score at once without taking more than about 32 MB each.</summary>
    /// <param name="architecture">The network.</param>
    /// <param name="shape">Shape of one image as the network reads it.</param>
    /// <param name="threads">Threads; null: as many as the machine offers.</param>
    public static int ImagesPerBatch(NinArchitecture architecture, NinImageShape shape, int? threads) =>
        (int)Math.Min(int.MaxValue, ImagesPerForward(architecture, shape) * (threads ?? ThreadCount.Default));

    public void Dispose()
    {
        preparation.Dispose();
        own?.Dispose();
        foreach (var step in steps)
            step.Convolution?.Dispose();
    }

    private static long ImagesPerForward(NinArchitecture architecture, NinImageShape shape)
    {
        var (largest, height, width) = ((long)shape.Size, shape.Height, shape.Width);
        foreach (var layer in architecture.Layers)
        {
            (height, width) = (layer.OutputSide(height), layer.OutputSide(width));
            largest = Math.Max(largest, (long)layer.Out * height * width);
        }

        // A layer's input and output stand in memory together.
        return Math.Max(1, BytesPerForward / (2 * sizeof(float) * largest));
    }

    /// <summary>One class's map alone: [N, K, h, w] and [N] to [N, 1, h, w].</summary>
    private static Tensor OfOne(Tensor maps, Tensor classes) =>
        maps.gather(1, classes.view(-1, 1, 1, 1).expand(-1, 1, maps.shape[2], maps.shape[3]));

    private static Tensor Pool(Tensor maps, long first) => Kernels.GlobalAveragePool(maps);

    /// <summary>[N, K, h, w] to [N, K].</summary>
    private Tensor Probabilities(Tensor maps)
    {
        var logits = Kernels.GlobalAveragePool(maps);
        return (temperature == 1 ? logits : logits.Scale(1 / temperature)).softmax(1);
    }

    /// <summary>From raw images to the last block's maps, [N, K, h, w] in working precision, and what the head makes of them.</summary>
    /// <param name="pixels">[N, C, H, W].</param>
    /// <param name="head">Takes the maps and the number of the first image.</param>
    /// <param name="first">The number of the first image among all.</param>
    private Tensor Forward(Tensor pixels, Func<Tensor, long, Tensor> head, long first)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        return head(LayerByLayer(preparation.Prepare(pixels.to(device))), first).MoveToOuterDisposeScope();
    }

    private Tensor LayerByLayer(Tensor prepared) => own?.Run(prepared) ?? steps.Aggregate(prepared, (x, step) => step.Run(x));

    private Tensor Forward(Tensor pixels, Func<Tensor, long, Tensor> head, TorchWorkers workers, int? threads)
    {
        var images = pixels.shape[0];
        var atOnce = threads ?? ThreadCount.Default;
        var most = ImagesPerForward(
            Architecture, new NinImageShape((int)pixels.shape[1], resizeTo ?? (int)pixels.shape[2], resizeTo ?? (int)pixels.shape[3]));
        var fewest = device.type == DeviceType.CPU ? Math.Max(atOnce, (images + most - 1) / most) : 1;
        var results = new Tensor[Math.Min(images, fewest)];
        workers.Run(results.Length, threads: 1, isSmall: true, part =>
        {
            using var scope = NewDisposeScope();
            var (from, to) = (images * part / results.Length, images * (part + 1) / results.Length);
            results[part] = Forward(pixels.narrow(0, from, to - from), head, from).cpu().DetachFromDisposeScope();
        }, atOnce);
        var all = cat(results, 0);
        foreach (var part in results)
            part.Dispose();
        return all;
    }

    private void Run(
        ReadOnlySpan<float> pixels, NinImageShape shape, int count, Func<Tensor, long, Tensor> head, Span<float> results, int? threads)
    {
        using var scope = NewDisposeScope();
        var images = empty([count, shape.Channels, shape.Height, shape.Width], dtype: ScalarType.Float32, device: CPU);
        MemoryMarshal.AsBytes(pixels[..(count * shape.Size)]).CopyTo(images.bytes);
        var computed = count == 1 ? ForwardHere(images, head) : Forward(images, head, TorchWorkers.Batches, threads);
        computed.contiguous().bytes.CopyTo(MemoryMarshal.AsBytes(results));
    }

    /// <summary>A single image on the caller's thread: handing it to another would take as long as some layers.</summary>
    private Tensor ForwardHere(Tensor image, Func<Tensor, long, Tensor> head)
    {
        using var threads = new ThreadCount(1);
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        var x = preparation.Prepare(image.to(device));
        if (own is not null)
            return head(own.Run(x), 0).MoveToOuterDisposeScope();
        return head(CallFor(x)?.Run(x) ?? LayerByLayer(x), 0).cpu().MoveToOuterDisposeScope();
    }

    private SingleCall? CallFor(Tensor image)
    {
        var size = (image.shape[2], image.shape[3]);
        var call = singleCalls.GetOrAdd(size, _ => new Lazy<SingleCall?>(() => AsSingleCall(image)));
        try
        {
            return call.Value;
        }
        catch
        {
            // A passing lack of memory must not stay for ever.
            singleCalls.TryRemove(new(size, call));
            throw;
        }
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
            _ => Kernels.AveragePool(x, Layer),
        };
    }
}
