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
                network[layer, "weight"].fill_(1);
                network[layer, "bias"].zero_();
                network[layer, "running_mean"].zero_();
                network[layer, "running_var"].fill_(1);
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
            return rand(shape, generator: random).mul_(2 * bound).sub_(bound);
        }

        return kind == NinTrainer.Initialization.Dirac && layer.IsPointwise && layer.In == layer.Out
            ? eye(layer.Out).view(shape)
            : randn(shape, generator: random).mul_(Math.Sqrt(2 / fanIn));
    }
}
