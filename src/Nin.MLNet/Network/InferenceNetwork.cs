using Nin.MLNet.Native;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>The network as it scores: batch norm folded into the convolutions, working precision, never written; many threads may use it at once.</summary>
internal sealed class InferenceNetwork : IDisposable
{
    // A forward of activations below this is served from any thread's heap without system calls.
    private const long SmallWork = 1 << 22;
    private readonly List<Step> steps = [];
    private readonly FusedKernels? fused;
    private readonly InputPreparation preparation;
    private readonly Device device;
    private readonly long widest;

    public InferenceNetwork(NinNetwork network, Normalization normalization, int? resizeTo, NinTrainer.Precision precision)
    {
        device = network.Device;
        var type = WorkingPrecision.Resolve(precision, device);
        preparation = new InputPreparation(normalization, resizeTo, type, device);
        Classes = network.Architecture.Classes;
        var layers = network.Architecture.Layers;
        widest = layers.Max(layer => layer.Out);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        fused = FusedKernels.For(device);
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
            weight = weight.to(type, copy: true);
            steps.Add(new Step(layer, rectify)
            {
                Weight = (fused?.Pack(weight, layer) ?? weight).DetachFromDisposeScope(),
                Bias = bias.to(type, copy: true).DetachFromDisposeScope(),
            });

            Layer? Following(LayerKind kind) => i + 1 < layers.Count && layers[i + 1].Kind == kind ? layers[++i] : null;
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
        foreach (var step in steps)
        {
            x = step.Layer.Kind switch
            {
                LayerKind.Convolution => fused is null
                    ? Kernels.Convolution(x, step.Weight!, step.Bias!, step.Layer, step.Rectify)
                    : fused.Convolution(x, step.Weight!, step.Bias!, step.Layer, step.Rectify),
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
        {
            step.Weight?.Dispose();
            step.Bias?.Dispose();
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

    /// <summary>A layer with what it needs, batch norm and ReLU behind a convolution within it.</summary>
    private sealed record Step(Layer Layer, bool Rectify = false)
    {
        public Tensor? Weight { get; init; }

        public Tensor? Bias { get; init; }
    }
}
