using TorchSharp;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>Sets the weights before the first step.</summary>
internal static class WeightInitialization
{
    public static void Apply(NinNetwork network, NinTrainer.Initialization kind, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        // Drawn on the CPU, so that a seed means the same weights on every device.
        using var random = new Generator(seed, CPU);
        foreach (var layer in network.Architecture.Layers)
        {
            if (layer.Kind == LayerKind.Convolution)
            {
                network[layer, "weight"].copy_(Draw(layer, kind, random));
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

        if (kind == NinTrainer.Initialization.Dirac && layer.IsPointwise && layer.In == layer.Out)
            return eye(layer.Out, dtype: ScalarType.Float32, device: CPU).view(shape);
        using var spread = Math.Sqrt(2 / fanIn).ToScalar();
        return randn(shape, dtype: ScalarType.Float32, device: CPU, generator: random).mul_(spread);
    }
}
