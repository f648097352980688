namespace Nin.MLNet.Network;

/// <summary>Refuses an architecture that no network can be built from.</summary>
internal static class ArchitectureCheck
{
    public static void Check(int inputChannels, IReadOnlyList<NinBlock> blocks)
    {
        AtLeast(inputChannels, 1, "InputChannels");
        if (blocks.Count == 0)
            throw new ArgumentException(
                "Blocks is empty: an architecture needs at least one block, the last one with a channel for each class.");
        for (var i = 0; i < blocks.Count; i++)
        {
            var (block, name) = (blocks[i], $"Blocks[{i}]");
            if (block.Channels.Count == 0)
                throw new ArgumentException(
                    $"{name}.Channels is empty: give the output channels of the convolution and of each 1x1 convolution behind it.");
            foreach (var channels in block.Channels)
                AtLeast(channels, 1, $"{name}.Channels");
            AtLeast(block.KernelSize, 1, $"{name}.KernelSize");
            AtLeast(block.Stride, 1, $"{name}.Stride");
            AtLeast(block.Padding, 0, $"{name}.Padding");
            if (block.Dropout is not (>= 0 and < 1))
                throw new ArgumentException(FormattableString.Invariant($"{name}.Dropout is {block.Dropout}: it must lie in [0, 1)."));
            if (block.Pooling is not { } pooling)
                continue;
            AtLeast(pooling.KernelSize, 1, $"{name}.Pooling.KernelSize");
            AtLeast(pooling.Stride, 1, $"{name}.Pooling.Stride");
            AtLeast(pooling.Padding, 0, $"{name}.Pooling.Padding");
            if (pooling.Padding > pooling.KernelSize / 2)
                throw new ArgumentException(
                    $"{name}.Pooling.Padding is {pooling.Padding}: it must be at most half of the kernel size {pooling.KernelSize}.");
        }

        if (blocks[^1].OutChannels < 2)
            throw new ArgumentException(
                $"The last block has {blocks[^1].OutChannels} output channel(s): it needs one for each class, at least 2.");
    }

    private static void AtLeast(int value, int least, string name)
    {
        if (value < least)
            throw new ArgumentException($"{name} is {value}: it must be at least {least}.");
    }
}
