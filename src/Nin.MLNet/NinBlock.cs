using System.Text.Json.Serialization;

namespace Nin.MLNet;

/// <summary>
/// An mlpconv block (paper section 3.1, book section 7.3.1): a convolution, then 1x1 convolutions that act as a small fully connected
/// network at each pixel. Each is followed by a ReLU.
/// </summary>
public sealed record NinBlock
{
    /// <summary>A block with the given channels.</summary>
    /// <param name="channels">Output channels of the convolution and of each 1x1 convolution after it; the paper's "mlpconv 192-160-96" is
    /// [192, 160, 96].</param>
    /// <param name="kernelSize">Side of the convolution's square window, in pixels; at least 1.</param>
    /// <param name="stride">Step of the convolution, in pixels; at least 1.</param>
    /// <param name="padding">Zeros added on each side, in pixels; 0 or more, below <paramref name="kernelSize"/>.</param>
    [JsonConstructor]
    public NinBlock(IReadOnlyList<int> channels, int kernelSize, int stride, int padding)
    {
        ArgumentNullException.ThrowIfNull(channels);
        Channels = [.. channels];
        KernelSize = kernelSize;
        Stride = stride;
        Padding = padding;
    }

    /// <summary>
    /// The book's <c>nin_block</c>: a convolution and two 1x1 convolutions, all with <paramref name="outChannels"/> channels.
    /// </summary>
    /// <param name="outChannels">Output channels of all three layers; at least 1.</param>
    /// <param name="kernelSize">Side of the convolution's square window, in pixels; at least 1.</param>
    /// <param name="stride">Step of the convolution, in pixels; at least 1.</param>
    /// <param name="padding">Zeros added on each side, in pixels; 0 or more, below <paramref name="kernelSize"/>.</param>
    public NinBlock(int outChannels, int kernelSize, int stride, int padding)
        : this([outChannels, outChannels, outChannels], kernelSize, stride, padding)
    {
    }

    /// <summary>Output channels of the convolution and of each 1x1 convolution after it.</summary>
    public IReadOnlyList<int> Channels { get; }

    /// <summary>Side of the convolution's square window, in pixels.</summary>
    public int KernelSize { get; }

    /// <summary>Step of the convolution, in pixels.</summary>
    public int Stride { get; }

    /// <summary>Zeros added on each side by the convolution, in pixels.</summary>
    public int Padding { get; }

    /// <summary>Pooling after the block; none by default.</summary>
    public NinPooling? Pooling { get; init; }

    /// <summary>Share of values dropped after the pooling during training, in [0, 1); default 0: no dropout layer.</summary>
    public double Dropout { get; init; }

    /// <summary>Output channels of the whole block; 0 for a block without channels, which no architecture accepts.</summary>
    [JsonIgnore]
    public int OutChannels => Channels is [.., var last] ? last : 0;

    /// <inheritdoc/>
    public bool Equals(NinBlock? other) =>
        other is not null && Channels.SequenceEqual(other.Channels) &&
        (KernelSize, Stride, Padding, Pooling, Dropout) == (other.KernelSize, other.Stride, other.Padding, other.Pooling, other.Dropout);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(OutChannels, Channels.Count, KernelSize, Stride, Padding, Pooling, Dropout);
}
