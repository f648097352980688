namespace Nin.MLNet.Network;

/// <summary>Rejects an architecture that no network can be built from.</summary>
internal static class ArchitectureCheck
{
    private const int MostBlocks = 1_000, MostChannels = 1 << 20, LargestWindow = 1 << 15;

    /// <summary>One tensor holds all weights, and its size in bytes must fit in an int.</summary>
    private const int MostParameters = int.MaxValue / sizeof(float);

    public static void Check(int inputChannels, IReadOnlyList<NinBlock> blocks)
    {
        Within(inputChannels, 1, MostChannels, "InputChannels");
        if (blocks.Count is 0 or > MostBlocks)
            throw new ArgumentException(
                $"Blocks has {blocks.Count} blocks: an architecture needs 1 to {MostBlocks}, the last one with a channel for each class.");
        var (parameters, before) = ((Int128)0, inputChannels);
        for (var i = 0; i < blocks.Count; i++)
        {
            var name = $"Blocks[{i}]";
            var block = blocks[i] ?? throw new ArgumentException($"{name} is null.");
            CheckConvolutions(block, name);
            if (block.Dropout is not (>= 0 and < 1))
                throw new ArgumentException(FormattableString.Invariant($"{name}.Dropout is {block.Dropout}: it must lie in [0, 1)."));
            if (block.Pooling is { } pooling)
                CheckPooling(pooling, $"{name}.Pooling");
            parameters += WeightsOf(block, before);
            before = block.OutChannels;
        }

        if (parameters > MostParameters)
            throw new ArgumentException(FormattableString.Invariant(
                $"The architecture has {(decimal)parameters:N0} weights: at most {MostParameters:N0} fit. Give it fewer channels."));
        if (blocks[^1].OutChannels < 2)
            throw new ArgumentException(
                $"The last block has {blocks[^1].OutChannels} output channel(s): it needs one for each class, at least 2.");
    }

    private static void CheckConvolutions(NinBlock block, string name)
    {
        if (block.Channels.Count is 0 or > MostBlocks)
            throw new ArgumentException(
                $"{name}.Channels has {block.Channels.Count} values: give 1 to {MostBlocks}, the output channels of the convolution " +
                "and of each 1x1 convolution behind it.");
        Within(block.KernelSize, 1, LargestWindow, $"{name}.KernelSize");
        Within(block.Stride, 1, LargestWindow, $"{name}.Stride");
        Within(block.Padding, 0, block.KernelSize - 1, $"{name}.Padding");
        foreach (var channels in block.Channels)
            Within(channels, 1, MostChannels, $"{name}.Channels");
    }

    private static void CheckPooling(NinPooling pooling, string name)
    {
        Within(pooling.KernelSize, 1, LargestWindow, $"{name}.KernelSize");
        Within(pooling.Stride, 1, LargestWindow, $"{name}.Stride");
        Within(pooling.Padding, 0, LargestWindow, $"{name}.Padding");
        if (pooling.Padding > pooling.KernelSize / 2)
            throw new ArgumentException(
                $"{name}.Padding is {pooling.Padding}: it must be at most half of the kernel size {pooling.KernelSize}.");
    }

    private static Int128 WeightsOf(NinBlock block, int before)
    {
        var (weights, side) = ((Int128)0, block.KernelSize);
        foreach (var channels in block.Channels)
        {
            weights += (Int128)before * channels * side * side;
            (before, side) = (channels, 1);
        }

        return weights;
    }

    private static void Within(int value, int least, int most, string name)
    {
        if (value < least || value > most)
            throw new ArgumentException(FormattableString.Invariant($"{name} is {value}: it must be {least} to {most:N0}."));
    }
}
