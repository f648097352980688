using Nin.MLNet.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// The network as it scores: batch norm folded into the convolutions, working precision, never written; many threads may use it at once.
/// </summary>
internal sealed class InferenceNetwork : IDisposable
{
    // A forward of activations below this is served from any thread's heap without system calls.
    private const long SmallWork = 1 << 22;
    private readonly List<Step> steps = [];
    private readonly InputPreparation preparation;
    private readonly Device device;
    private readonly long widest;

    /// <exception cref="InvalidOperationException">A weight or running statistic is not finite; the message names its layer.</exception>
    public InferenceNetwork(NinNetwork network, Normalization normalization, int? resizeTo, NinTrainer.Precision precision)
    {
        device = network.Device;
        // A fused ReLU would turn NaN into 0, and a broken network would score every class alike.
        if (network.FindNonFinite() is { } where)
            throw new InvalidOperationException(
                $"The network cannot score: {where}, holds a number that is not finite. It was trained to ruin or its file is damaged: " +
                "train again with a lower learning rate, or load weights that are whole.");
        var type = WorkingPrecision.Resolve(precision, device);
        preparation = new InputPreparation(normalization, resizeTo, type, device);
        Classes = network.Architecture.Classes;
        var layers = network.Architecture.Layers;
        widest = layers.Max(layer => layer.Out);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        for (var i = 0; i < layers.Count; i++)
        {
            if (layers[i].Kind is LayerKind.Dropout or LayerKind.Flatten)
                continue;
            if (layers[i].Kind != LayerKind.Convolution)
            {
                steps.Add(new Step(layers[i]));
                continue;
            }

            var layer = layers[i];
            var norm = Following(LayerKind.BatchNorm);
            var rectify = Following(LayerKind.ReLU) is not null;
            var (weight, bias) = Fold(network, layer, norm);
            steps.Add(new Step(layer, new ScoringConvolution(layer, rectify, weight, bias)));

            Layer? Following(LayerKind kind) => i + 1 < layers.Count && layers[i + 1].Kind == kind ? layers[++i] : null;
        }
    }

    public int Classes { get; }

    /// <summary>What has been computed in another way than the fastest so far, and why; one line for each layer. For the log.</summary>
    public IReadOnlyList<string> KernelNotes => [.. steps.Select(step => step.Convolution?.Note).OfType<string>()];

    /// <summary>Softmax probabilities of <paramref name="count"/> images.</summary>
    /// <param name="pixels">Raw values, planar: [count, C, H, W].</param>
    /// <param name="shape">Shape of one image.</param>
    /// <param name="count">Number of images.</param>
    /// <param name="scores">Takes [count, K].</param>
    public void Score(ReadOnlySpan<float> pixels, NinImageShape shape, int count, Span<float> scores) =>
        Run(pixels, shape, count, logits => logits.softmax(1), scores);

    /// <summary>As <see cref="Score"/>, without the softmax.</summary>
    public void Logits(ReadOnlySpan<float> pixels, NinImageShape shape, int count, Span<float> logits) =>
        Run(pixels, shape, count, x => x, logits);

    /// <summary>Raw images [N, C, H, W] on any device to logits [N, K] in float32.</summary>
    public Tensor Forward(Tensor pixels)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        var x = preparation.Prepare(pixels.to(device));
        foreach (var step in steps)
        {
            x = step.Layer.Kind switch
            {
                LayerKind.Convolution => step.Convolution!.Run(x),
                LayerKind.ReLU => x.relu_(),
                LayerKind.MaxPool => Kernels.MaxPool(x, step.Layer),
                LayerKind.AveragePool => Kernels.AveragePool(x, step.Layer),
                _ => Kernels.GlobalAveragePool(x),
            };
        }

        return x.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        preparation.Dispose();
        foreach (var step in steps)
            step.Convolution?.Dispose();
    }

    private static (Tensor Weight, Tensor Bias) Fold(NinNetwork network, Layer convolution, Layer? norm)
    {
        var (weight, bias) = (network[convolution, "weight"], network[convolution, "bias"]);
        if (norm is null)
            return (weight, bias);
        using var one = 1.ToScalar();
        using var epsilon = Kernels.BatchNormEpsilon.ToScalar();
        var gain = network[norm, "weight"].div(network[norm, "running_var"].add(epsilon, one).sqrt());
        return (weight.mul(gain.view(-1, 1, 1, 1)), bias.sub(network[norm, "running_mean"]).mul(gain).add(network[norm, "bias"], one));
    }

    private unsafe void Run(ReadOnlySpan<float> pixels, NinImageShape shape, int count, Func<Tensor, Tensor> head, Span<float> results)
    {
        // Pinned, not captured: the work may run on another thread while this one waits.
        fixed (float* input = pixels, output = results)
        {
            var (source, target) = ((nint)input, (nint)output);
            if (count * widest * shape.Height * shape.Width < SmallWork)
                Work();
            else
                NativeAllocator.Run(Work);

            bool Work()
            {
                using var scope = NewDisposeScope();
                using var _ = inference_mode();
                var images = empty([count, shape.Channels, shape.Height, shape.Width], dtype: ScalarType.Float32, device: CPU);
                new ReadOnlySpan<byte>((void*)source, count * shape.Size * sizeof(float)).CopyTo(images.bytes);
                var result = head(Forward(images)).cpu().contiguous();
                result.bytes.CopyTo(new Span<byte>((void*)target, count * Classes * sizeof(float)));
                return true;
            }
        }
    }

    /// <summary>A layer; a convolution has batch norm and ReLU within it.</summary>
    private sealed record Step(Layer Layer, ScoringConvolution? Convolution = null);
}
