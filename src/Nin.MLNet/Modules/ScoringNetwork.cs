using Nin.MLNet.Architecture;
using Nin.MLNet.Native;
using static TorchSharp.torch;

namespace Nin.MLNet.Modules;

/// <summary>The network as it scores: batch norm folded into the convolutions, working precision, never written; many threads may use it at once.</summary>
internal sealed class ScoringNetwork : IDisposable
{
    // A forward of activations below this is served from any thread's heap without system calls.
    private const long SmallWork = 1 << 22;
    private readonly List<(Layer Layer, Tensor? Weight, Tensor? Bias)> steps = [];
    private readonly InputPreparation preparation;
    private readonly Device device;
    private readonly long widest;

    public ScoringNetwork(NinNetwork network, Normalization normalization, int? resizeTo, NinPrecision precision)
    {
        device = network.Device;
        var type = WorkingPrecision.Resolve(precision, device);
        preparation = new InputPreparation(normalization, resizeTo, type, device);
        Classes = network.Architecture.Classes;
        var layers = network.Architecture.Layers;
        widest = layers.Max(layer => layer.Out);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        for (var i = 0; i < layers.Count; i++)
        {
            switch (layers[i].Kind)
            {
                case LayerKind.Convolution:
                    var norm = i + 1 < layers.Count && layers[i + 1].Kind == LayerKind.BatchNorm ? layers[i + 1] : null;
                    var (weight, bias) = Fold(network, layers[i], norm);
                    steps.Add((layers[i], weight.to(type, copy: true).DetachFromDisposeScope(), bias.to(type, copy: true).DetachFromDisposeScope()));
                    break;
                case LayerKind.BatchNorm or LayerKind.Dropout or LayerKind.Flatten:
                    break;
                default:
                    steps.Add((layers[i], null, null));
                    break;
            }
        }
    }

    public int Classes { get; }

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
        foreach (var (layer, weight, bias) in steps)
        {
            x = layer.Kind switch
            {
                LayerKind.Convolution => Kernels.Convolution(x, weight!, bias!, layer, rectify: false),
                LayerKind.ReLU => x.relu_(),
                LayerKind.MaxPool => Kernels.MaxPool(x, layer),
                LayerKind.AveragePool => Kernels.AveragePool(x, layer),
                _ => Kernels.GlobalAveragePool(x),
            };
        }

        return x.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        preparation.Dispose();
        foreach (var (_, weight, bias) in steps)
        {
            weight?.Dispose();
            bias?.Dispose();
        }
    }

    private static (Tensor Weight, Tensor Bias) Fold(NinNetwork network, Layer convolution, Layer? norm)
    {
        var (weight, bias) = (network[convolution, "weight"], network[convolution, "bias"]);
        if (norm is null)
            return (weight, bias);
        var gain = network[norm, "weight"] / (network[norm, "running_var"] + Kernels.BatchNormEpsilon).sqrt();
        return (weight * gain.view(-1, 1, 1, 1), ((bias - network[norm, "running_mean"]) * gain) + network[norm, "bias"]);
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
                var images = empty([count, shape.Channels, shape.Height, shape.Width]);
                new ReadOnlySpan<byte>((void*)source, count * shape.Size * sizeof(float)).CopyTo(images.bytes);
                var result = head(Forward(images)).cpu().contiguous();
                result.bytes.CopyTo(new Span<byte>((void*)target, count * Classes * sizeof(float)));
                return true;
            }
        }
    }
}
