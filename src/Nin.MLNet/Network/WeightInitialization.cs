using TorchSharp;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>Sets the weights before the first step.</summary>
internal static class WeightInitialization
{
    /// <summary>Training images from which on fixed filters gain accuracy; with fewer they lose some (docs/learning.md).</summary>
    private const long ManyImages = 20_000;

    /// <summary>Values in a patch up to which its components are found in seconds.</summary>
    private const int MostPatchValues = 512;

    /// <summary>What <see cref="NinTrainer.Initialization.Auto"/> means for a training; any other kind as it is.</summary>
    /// <param name="kind">What was asked for.</param>
    /// <param name="architecture">The network.</param>
    /// <param name="images">Training images of all ranks.</param>
    public static NinTrainer.Initialization Resolve(NinTrainer.Initialization kind, NinArchitecture architecture, long images) =>
        kind != NinTrainer.Initialization.Auto ? kind
        : !architecture.BatchNorm ? NinTrainer.Initialization.Kaiming
        : images >= ManyImages && architecture.Layers[0].PatchValues <= MostPatchValues && HasSeveralConvolutions(architecture)
            ? NinTrainer.Initialization.Whitening
        : NinTrainer.Initialization.Dirac;

    /// <summary>Whether the first filters are not trained. Those that give the logits always are.</summary>
    public static bool FixesFilters(NinTrainer.Initialization kind, NinArchitecture architecture) =>
        kind == NinTrainer.Initialization.Whitening && HasSeveralConvolutions(architecture);

    /// <param name="network">The network.</param>
    /// <param name="kind">Not Auto. For Whitening, <see cref="Training.PatchWhitening"/> replaces the first filters afterwards.</param>
    /// <param name="seed">Of what is drawn.</param>
    public static void Apply(NinNetwork network, NinTrainer.Initialization kind, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        // Drawn on the CPU, so that a seed gives the same weights on every device.
        using var random = new Generator(seed, CPU);
        if (kind == NinTrainer.Initialization.Whitening)
            kind = network.Architecture.BatchNorm ? NinTrainer.Initialization.Dirac : NinTrainer.Initialization.Kaiming;
        var layers = network.Architecture.Layers;
        var logits = layers.Last(layer => layer.Kind == LayerKind.Convolution);
        foreach (var layer in layers)
        {
            if (layer.Kind == LayerKind.Convolution)
            {
                var weight = Draw(layer, kind, random);
                if (kind == NinTrainer.Initialization.Dirac && layer != logits)
                    PassOn(weight, layer);
                network[layer, "weight"].copy_(weight);
                network[layer, "bias"].zero_();
            }
            else if (layer.Kind == LayerKind.BatchNorm)
            {
                using var one = 1.ToScalar();
                network[layer, "weight"].fill_(one);
                network[layer, "bias"].zero_();
                network[layer, "running_mean"].zero_();
                network[layer, "running_var"].fill_(one);
            }
        }
    }

    private static bool HasSeveralConvolutions(NinArchitecture architecture) =>
        architecture.Layers.Count(layer => layer.Kind == LayerKind.Convolution) > 1;

    private static Tensor Draw(Layer layer, NinTrainer.Initialization kind, Generator random)
    {
        long[] shape = [layer.Out, layer.In, layer.Kernel, layer.Kernel];
        double fanIn = (double)layer.In * layer.Kernel * layer.Kernel, fanOut = (double)layer.Out * layer.Kernel * layer.Kernel;
        if (kind == NinTrainer.Initialization.Xavier)
        {
            var bound = Math.Sqrt(6 / (fanIn + fanOut));
            using var range = (2 * bound).ToScalar();
            using var half = bound.ToScalar();
            return rand(shape, dtype: ScalarType.Float32, device: CPU, generator: random).mul_(range).sub_(half);
        }

        using var spread = Math.Sqrt(2 / fanIn).ToScalar();
        return randn(shape, dtype: ScalarType.Float32, device: CPU, generator: random).mul_(spread);
    }

    /// <summary>Makes output i equal to input i, for as many as there are of both.</summary>
    private static void PassOn(Tensor weight, Layer layer)
    {
        var both = Math.Min(layer.In, layer.Out);
        weight.narrow(0, 0, both).zero_();
        weight.narrow(0, 0, both).narrow(1, 0, both)
            .select(3, layer.Kernel / 2).select(2, layer.Kernel / 2)
            .copy_(eye(both, dtype: ScalarType.Float32, device: CPU));
    }
}
