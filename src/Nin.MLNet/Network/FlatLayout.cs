using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// Where tensors lie in one flat float32 buffer. Each starts where four numbers can be read at once, with zeros in between.
/// </summary>
/// <remarks>
/// GPU kernels rely on this. If a batch norm's weight starts elsewhere, cuDNN fails with "misaligned address", and the device can do no
/// other work after that.
/// </remarks>
internal sealed class FlatLayout
{
    private const int Alignment = 4;
    private readonly (long From, long Count)[] parts;

    /// <param name="counts">Length of each tensor, in order.</param>
    public FlatLayout(IEnumerable<long> counts)
    {
        var from = 0L;
        List<(long, long)> places = [];
        foreach (var count in counts)
        {
            places.Add((from, count));
            from += (count + Alignment - 1) / Alignment * Alignment;
        }

        parts = [.. places];
        // A buffer cannot be empty.
        Length = Math.Max(1, parts.Length == 0 ? 0 : parts[^1].From + parts[^1].Count);
    }

    /// <summary>Length of the buffer.</summary>
    public long Length { get; }

    /// <summary>Where the tensor with that index starts.</summary>
    public long Start(int number) => parts[number].From;

    /// <summary>A buffer's numbers without the gaps: [sum of the counts].</summary>
    public Tensor Compact(Tensor buffer) => IsDense ? buffer : cat([.. parts.Select(part => buffer.narrow(0, part.From, part.Count))]);

    /// <summary>Writes what <see cref="Compact"/> returned back into a buffer.</summary>
    public void Expand(Tensor compact, Tensor buffer)
    {
        var from = 0L;
        foreach (var (start, count) in parts)
        {
            buffer.narrow(0, start, count).copy_(compact.narrow(0, from, count));
            from += count;
        }
    }

    /// <summary>Length of a buffer without the gaps.</summary>
    public long CompactLength => IsDense ? Length : parts.Sum(part => part.Count);

    private bool IsDense => parts.Length == 0 || parts.Sum(part => part.Count) == Length;
}
