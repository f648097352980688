using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// Where tensors lie in one flat float32 buffer: each begins where four numbers can be read at once, zeros in between.
/// </summary>
/// <remarks>
/// A GPU's kernels count on it: given a batch norm's weight that begins elsewhere, cuDNN ends with "misaligned address", and no other work
/// on the device is possible after it.
/// </remarks>
internal sealed class FlatLayout
{
    private const int Alignment = 4;
    private readonly (long From, long Count)[] parts;

    /// <param name="counts">Numbers of each tensor, in order.</param>
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
        // An empty tensor is no buffer.
        Length = Math.Max(1, parts.Length == 0 ? 0 : parts[^1].From + parts[^1].Count);
    }

    /// <summary>Numbers of the buffer.</summary>
    public long Length { get; }

    /// <summary>Where the tensor of that number begins.</summary>
    public long Start(int number) => parts[number].From;

    /// <summary>A buffer's numbers without what is in between: [sum of the counts].</summary>
    public Tensor Compact(Tensor buffer) => IsDense ? buffer : cat([.. parts.Select(part => buffer.narrow(0, part.From, part.Count))]);

    /// <summary>Puts what <see cref="Compact"/> gave back into a buffer.</summary>
    public void Expand(Tensor compact, Tensor buffer)
    {
        var from = 0L;
        foreach (var (start, count) in parts)
        {
            buffer.narrow(0, start, count).copy_(compact.narrow(0, from, count));
            from += count;
        }
    }

    /// <summary>How many numbers a buffer has without what is in between.</summary>
    public long CompactLength => IsDense ? Length : parts.Sum(part => part.Count);

    private bool IsDense => parts.Length == 0 || parts.Sum(part => part.Count) == Length;
}
