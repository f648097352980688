namespace Nin.MLNet.Network;

/// <summary>Expands an architecture into its layers, named as PyTorch's nn.Sequential names them.</summary>
internal static class LayerPlan
{
    public static IReadOnlyList<Layer> Of(NinArchitecture architecture)
    {
        var layers = new List<Layer>();
        var channels = architecture.InputChannels;
        var group = 0;
        for (var i = 0; i < architecture.Blocks.Count; i++)
        {
            var block = architecture.Blocks[i];
            var last = i == architecture.Blocks.Count - 1;
            AddBlock(layers, block, channels, group++, architecture.BatchNorm, lastReLU: !last || architecture.LastReLU);
            channels = block.OutChannels;
            if (block.Pooling is { } pooling)
            {
                var kind = pooling.Kind == NinPoolingKind.Max ? LayerKind.MaxPool : LayerKind.AveragePool;
                layers.Add(new Layer($"{group}", group++, kind, channels, channels)
                { Kernel = pooling.KernelSize, Stride = pooling.Stride, Padding = pooling.Padding });
            }

            if (block.Dropout > 0)
                layers.Add(new Layer($"{group}", group++, LayerKind.Dropout, channels, channels) { Rate = block.Dropout });
        }

        layers.Add(new Layer($"{group}", group++, LayerKind.GlobalAveragePool, channels, channels));
        layers.Add(new Layer($"{group}", group, LayerKind.Flatten, channels, channels));
        return layers;
    }

    private static void AddBlock(List<Layer> layers, NinBlock block, int channels, int group, bool batchNorm, bool lastReLU)
    {
        var place = 0;
        for (var i = 0; i < block.Channels.Count; i++)
        {
            var convolution = new Layer($"{group}.{place++}", group, LayerKind.Convolution, channels, block.Channels[i]);
            layers.Add(i > 0
                ? convolution
                : convolution with { Kernel = block.KernelSize, Stride = block.Stride, Padding = block.Padding });
            channels = block.Channels[i];
            var end = i == block.Channels.Count - 1;
            // A norm would squeeze the logits into one range, so they could not express confidence.
            if (batchNorm && (lastReLU || !end))
                layers.Add(new Layer($"{group}.{place++}", group, LayerKind.BatchNorm, channels, channels));
            if (lastReLU || !end)
                layers.Add(new Layer($"{group}.{place++}", group, LayerKind.ReLU, channels, channels));
        }
    }
}
