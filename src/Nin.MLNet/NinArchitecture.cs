using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Nin.MLNet.Network;

namespace Nin.MLNet;

/// <summary>
/// A Network in Network (Lin, Chen, Yan 2013, arXiv 1312.4400; <em>Dive into Deep Learning</em> 7.3): mlpconv blocks, then
/// global average pooling, so that the last block gives one channel for each class and no fully connected layer is needed.
/// Pure data: [N, InputChannels, H, W] in, [N, Classes] logits out.
/// </summary>
public sealed record NinArchitecture
{
    private IReadOnlyList<Layer>? layers;

    /// <summary>An architecture made of the given blocks.</summary>
    /// <param name="inputChannels">Channels of the images, 1 for grey and 3 for RGB; at least 1.</param>
    /// <param name="blocks">The blocks from input to output; the last one's <see cref="NinBlock.OutChannels"/> is
    /// the number of classes.</param>
    /// <exception cref="ArgumentException">There is no block, or a size is out of range; the message names it.</exception>
    [JsonConstructor]
    public NinArchitecture(int inputChannels, IReadOnlyList<NinBlock> blocks)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        ArchitectureCheck.Check(inputChannels, blocks);
        InputChannels = inputChannels;
        Blocks = [.. blocks];
    }

    // Does not copy the cached layers: the copy may differ in what they are made from.
    private NinArchitecture(NinArchitecture original) =>
        (InputChannels, Blocks, BatchNorm, LastReLU) = (original.InputChannels, original.Blocks, original.BatchNorm, original.LastReLU);

    /// <summary>Channels of the images.</summary>
    public int InputChannels { get; }

    /// <summary>The blocks, from input to output.</summary>
    public IReadOnlyList<NinBlock> Blocks { get; }

    /// <summary>Whether there is batch normalisation between every convolution and its ReLU; default false, as in the book.</summary>
    public bool BatchNorm { get; init; }

    /// <summary>
    /// Whether the last layer before global average pooling has a ReLU; default true, as in the book. Without
    /// it the logits may be negative.
    /// </summary>
    public bool LastReLU { get; init; } = true;

    /// <summary>Number of classes: the channels of the last block.</summary>
    [JsonIgnore]
    public int Classes => Blocks[^1].OutChannels;

    /// <summary>Number of trainable parameters.</summary>
    [JsonIgnore]
    public long ParameterCount => Layers.Sum(layer => layer.Parameters);

    /// <summary>Smallest side, in pixels, of a square image that every window of the network fits into.</summary>
    public int FindSmallestImage() => Enumerable.Range(1, int.MaxValue - 1).First(Fits);

    internal IReadOnlyList<Layer> Layers => layers ??= LayerPlan.Of(this);

    /// <summary>
    /// The network of the book, section 7.3.2, for 224x224 images: blocks 96/11x11/s4, 256/5x5/p2, 384/3x3/p1, each followed by
    /// max-pooling 3x3 stride 2; dropout 0.5; a block of <paramref name="classes"/> 3x3/p1; 1,992,166 parameters
    /// for one channel and ten classes.
    /// </summary>
    /// <param name="channels">Channels of the images; at least 1.</param>
    /// <param name="classes">Number of classes; at least 2.</param>
    public static NinArchitecture D2L(int channels = 1, int classes = 10)
    {
        var pooling = new NinPooling(NinPoolingKind.Max, 3, 2);
        return new NinArchitecture(channels,
        [
            new NinBlock(96, 11, 4, 0) { Pooling = pooling },
            new NinBlock(256, 5, 1, 2) { Pooling = pooling },
            new NinBlock(384, 3, 1, 1) { Pooling = pooling, Dropout = 0.5 },
            new NinBlock(classes, 3, 1, 1),
        ]);
    }

    /// <summary>
    /// The network of the paper's CIFAR experiments (section 4.2), for 32x32 images: mlpconv 192-160-96 5x5, 192-192-192 5x5,
    /// 192-192-classes 3x3, 3x3 stride 2 pooling (max, then average) and dropout 0.5 between them.
    /// </summary>
    /// <param name="channels">Channels of the images; at least 1.</param>
    /// <param name="classes">Number of classes; at least 2.</param>
    public static NinArchitecture Cifar(int channels = 3, int classes = 10) => new(channels,
    [
        new NinBlock([192, 160, 96], 5, 1, 2) { Pooling = new NinPooling(NinPoolingKind.Max, 3, 2, 1), Dropout = 0.5 },
        new NinBlock([192, 192, 192], 5, 1, 2) { Pooling = new NinPooling(NinPoolingKind.Average, 3, 2, 1), Dropout = 0.5 },
        new NinBlock([192, 192, classes], 3, 1, 1),
    ]);

    /// <summary>
    /// A network for images of about 28 to 64 pixels: six 3x3 mlpconv blocks with batch norm, max-pooling after the second and the fourth,
    /// and no ReLU on the logits. Two narrow blocks on the large maps, followed by deeper ones with smaller windows, learn more in the
    /// same time than the paper's three blocks (docs/learning.md).
    /// </summary>
    /// <param name="channels">Channels of the images; at least 1.</param>
    /// <param name="classes">Number of classes; at least 2.</param>
    /// <param name="width">Channels of the second block. The first has half as many, the next two have twice as many, and the last two
    /// four times as many. At least 8, default 32 (327,354 parameters).</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="width"/> is below 8.</exception>
    public static NinArchitecture Small(int channels = 1, int classes = 10, int width = 32)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 8);
        var pooling = new NinPooling(NinPoolingKind.Max, 3, 2, 1);
        return new NinArchitecture(channels,
        [
            new NinBlock([width / 2, width / 2], 3, 1, 1),
            new NinBlock([width, width], 3, 1, 1) { Pooling = pooling },
            new NinBlock([2 * width, 2 * width], 3, 1, 1),
            new NinBlock([2 * width, 2 * width], 3, 1, 1) { Pooling = pooling },
            new NinBlock([4 * width, 4 * width], 3, 1, 1),
            new NinBlock([4 * width, 4 * width, classes], 3, 1, 1),
        ])
        { BatchNorm = true, LastReLU = false };
    }

    /// <summary>
    /// A deeper network for images of about 28 to 64 pixels, meant for long training: eight 3x3 mlpconv blocks with batch norm,
    /// max-pooling after the second and the fifth, and no ReLU on the logits.
    /// </summary>
    /// <param name="channels">Channels of the images; at least 1.</param>
    /// <param name="classes">Number of classes; at least 2.</param>
    /// <param name="width">Channels of the first two blocks. The next three have two and a half times as many, and the last three five
    /// times as many. At least 8, default 32 (828,106 parameters).</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="width"/> is below 8.</exception>
    public static NinArchitecture Deep(int channels = 1, int classes = 10, int width = 32)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 8);
        var pooling = new NinPooling(NinPoolingKind.Max, 3, 2, 1);
        var (middle, last) = (5 * width / 2, 5 * width);
        return new NinArchitecture(channels,
        [
            new NinBlock([width, width], 3, 1, 1),
            new NinBlock([width, width], 3, 1, 1) { Pooling = pooling },
            new NinBlock([middle, middle], 3, 1, 1),
            new NinBlock([middle, middle], 3, 1, 1),
            new NinBlock([middle, middle], 3, 1, 1) { Pooling = pooling },
            new NinBlock([last, last], 3, 1, 1),
            new NinBlock([last, last], 3, 1, 1),
            new NinBlock([last, last, classes], 3, 1, 1),
        ])
        { BatchNorm = true, LastReLU = false };
    }

    /// <summary>The output shapes and costs for a batch of one: one row for each block, pooling, dropout and the head.</summary>
    /// <param name="height">Height of the image, in pixels.</param>
    /// <param name="width">Width of the image, in pixels.</param>
    /// <exception cref="ArgumentException">The image is too small; the message names the smallest size that fits.</exception>
    public NinSummary Summarize(int height, int width)
    {
        if (!Fits(height) || !Fits(width))
        {
            var smallest = FindSmallestImage();
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"An image of {height}x{width} pixels is too small for this architecture; the smallest that fits is " +
                $"{smallest}x{smallest}. Resize the images (Options.ResizeTo) or take a smaller architecture (NinArchitecture.Small)."));
        }

        return LayerCosts.Of(this, height, width);
    }

    /// <summary>
    /// The same network for another number of classes. Wherever the last block has one channel per class, it gets the new number.
    /// </summary>
    internal NinArchitecture WithClasses(int classes)
    {
        var last = Blocks[^1];
        var channels = last.Channels.Select(count => count == Classes ? classes : count).ToArray();
        var block = new NinBlock(channels, last.KernelSize, last.Stride, last.Padding) { Pooling = last.Pooling, Dropout = last.Dropout };
        return new NinArchitecture(InputChannels, [.. Blocks.SkipLast(1), block]) { BatchNorm = BatchNorm, LastReLU = LastReLU };
    }

    /// <summary>Whether every window of the network fits into an image of this side.</summary>
    internal bool Fits(int side) => Layers.Aggregate(side, (size, layer) => size < 1 ? 0 : layer.OutputSide(size)) > 0;

    /// <summary>Side, in pixels, of the last block's maps, whose means are the logits, for an image of this side.</summary>
    internal int MapSide(int side) =>
        Layers.TakeWhile(layer => layer.Kind != LayerKind.GlobalAveragePool).Aggregate(side, (size, layer) => layer.OutputSide(size));

    /// <summary>The layers, one per line, with in -> out channels, kernel, stride and padding.</summary>
    public override string ToString()
    {
        var text = new StringBuilder()
            .AppendLine(FormattableString.Invariant($"NetworkInNetwork({InputChannels} -> {Classes}, {ParameterCount:N0} parameters)"));
        foreach (var layer in Layers)
            text.Append("  (").Append(layer.Name).Append(") ").AppendLine(layer.ToString());
        return text.ToString().TrimEnd();
    }

    /// <inheritdoc/>
    public bool Equals(NinArchitecture? other) =>
        other is not null
            && (InputChannels, BatchNorm, LastReLU) == (other.InputChannels, other.BatchNorm, other.LastReLU)
            && Blocks.SequenceEqual(other.Blocks);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(InputChannels, BatchNorm, LastReLU, Blocks.Count, Blocks[0]);
}
