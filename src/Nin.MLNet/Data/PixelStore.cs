using System.Runtime.InteropServices;

namespace Nin.MLNet.Data;

/// <summary>
/// Images in native memory in the narrowest exact type: bytes as long as every value met is a whole number from 0 to 255, floats
/// from the first value on that is not. Freed when disposed, not when collected.
/// </summary>
internal sealed unsafe class PixelStore(int imageSize) : IDisposable
{
    private readonly int imagesPerChunk = Math.Max(1, (4 << 20) / imageSize);
    private readonly List<nint> chunks = [];

    public int Count { get; private set; }

    public bool IsBytes { get; private set; } = true;

    /// <summary>Bytes the images take.</summary>
    public long Size => (long)Count * imageSize * (IsBytes ? 1 : sizeof(float));

    public void Add(ReadOnlySpan<float> image)
    {
        if (IsBytes && !TryNarrow(image, Count % imagesPerChunk == 0 ? Grow(1) : Image<byte>(Count)))
            Widen();
        if (!IsBytes)
            image.CopyTo(Count % imagesPerChunk == 0 && Count / imagesPerChunk == chunks.Count ? MemoryMarshal.Cast<byte, float>(Grow(sizeof(float))) : Image<float>(Count));
        Count++;
    }

    /// <summary>One image, as bytes or floats, whichever the store holds.</summary>
    public Span<T> Image<T>(int index)
        where T : unmanaged =>
        new((T*)chunks[index / imagesPerChunk] + ((long)(index % imagesPerChunk) * imageSize), imageSize);

    public void Dispose()
    {
        foreach (var chunk in chunks)
            NativeMemory.Free((void*)chunk);
        chunks.Clear();
    }

    private static bool TryNarrow(ReadOnlySpan<float> image, Span<byte> target)
    {
        for (var i = 0; i < image.Length; i++)
        {
            var value = (byte)image[i];
            if (value != image[i])
                return false;
            target[i] = value;
        }

        return true;
    }

    private Span<byte> Grow(int bytesPerValue)
    {
        chunks.Add((nint)NativeMemory.Alloc((nuint)((long)imagesPerChunk * imageSize * bytesPerValue)));
        return new Span<byte>((void*)chunks[^1], imageSize * bytesPerValue);
    }

    private void Widen()
    {
        IsBytes = false;
        for (var c = 0; c < chunks.Count; c++)
        {
            var narrow = new ReadOnlySpan<byte>((void*)chunks[c], imagesPerChunk * imageSize);
            var wide = (float*)NativeMemory.Alloc((nuint)narrow.Length * sizeof(float));
            for (var i = 0; i < narrow.Length; i++)
                wide[i] = narrow[i];
            NativeMemory.Free((void*)chunks[c]);
            chunks[c] = (nint)wide;
        }
    }
}
