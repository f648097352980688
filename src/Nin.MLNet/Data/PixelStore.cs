using System.Runtime.InteropServices;

namespace Nin.MLNet.Data;

/// <summary>
/// Images in native memory up to a budget, and in a temporary file beyond it. Each is kept in the narrowest exact type: bytes where all
/// its values are whole numbers from 0 to 255, else floats. Stored images are never moved or converted, so a store takes no more
/// memory than its budget, one chunk and the file's buffer. The garbage collector does not free it: dispose it.
/// </summary>
/// <param name="imageSize">Values in one image.</param>
/// <param name="budget">Bytes that images may take in memory.</param>
/// <param name="folder">Where the file is created if it is needed.</param>
/// <param name="rows">Number of images to come; null: unknown. Only used to estimate the file's size.</param>
internal sealed unsafe class PixelStore(int imageSize, long budget, string folder, long? rows = null) : IDisposable
{
    private readonly long chunkSize = Math.Max(4 << 20, (long)imageSize * sizeof(float));
    private readonly List<nint> chunks = [];
    private readonly byte[] narrow = new byte[imageSize];

    /// <summary>
    /// Address of each image: bytes at the address, floats at its complement. The file's addresses follow those of the chunks.
    /// </summary>
    private readonly List<long> places = [];
    private long next;
    private PixelFile? file;

    public int Count => places.Count;

    /// <summary>Whether all images are stored as bytes.</summary>
    public bool IsBytes { get; private set; } = true;

    /// <summary>Bytes the images take in memory.</summary>
    public long BytesInMemory { get; private set; }

    /// <summary>Bytes the images take on disk.</summary>
    public long BytesOnDisk => file?.Length ?? 0;

    private long MemoryEnd => chunks.Count * chunkSize;

    /// <summary>Adds an image.</summary>
    /// <returns>The image as it was stored, as bytes or floats; valid until the next call.</returns>
    /// <exception cref="IOException">The image does not fit the budget and cannot be written to the file.</exception>
    public ReadOnlySpan<byte> Add(ReadOnlySpan<float> image)
    {
        var isNarrow = TryNarrow(image, narrow);
        var stored = isNarrow ? narrow : MemoryMarshal.AsBytes(image);
        var place = Keep(stored);
        places.Add(isNarrow ? place : ~place);
        IsBytes &= isNarrow;
        return stored;
    }

    /// <summary>Ends adding; from now on images can be read.</summary>
    /// <exception cref="IOException">The last images cannot be written to the file.</exception>
    public void Complete() => file?.Flush();

    /// <summary>Copies an image.</summary>
    /// <param name="index">Number of the image, in the order they were added.</param>
    /// <param name="image">Takes its values: bytes if <see cref="IsBytes"/>, else floats.</param>
    public void Read<T>(int index, Span<T> image)
        where T : unmanaged
    {
        var place = places[index];
        var target = MemoryMarshal.AsBytes(image);
        if (place < 0)
        {
            Read(~place, target);
            return;
        }

        // A byte image among floats is read into the end of its target and widened from the front, so no unread byte is overwritten.
        var bytes = target[^imageSize..];
        Read(place, bytes);
        if (target.Length > imageSize)
            Widen(bytes, MemoryMarshal.Cast<byte, float>(target));
    }

    public void Dispose()
    {
        foreach (var chunk in chunks)
            NativeMemory.Free((void*)chunk);
        chunks.Clear();
        file?.Dispose();
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

    private static void Widen(ReadOnlySpan<byte> from, Span<float> to)
    {
        for (var i = 0; i < from.Length; i++)
            to[i] = from[i];
    }

    private long Keep(ReadOnlySpan<byte> bytes)
    {
        if (file is null && bytes.Length > budget - BytesInMemory)
            file = new PixelFile(folder, (rows - Count) * bytes.Length);
        if (file is not null)
            return MemoryEnd + file.Append(bytes);

        if (next + bytes.Length > MemoryEnd)
        {
            next = MemoryEnd;
            chunks.Add((nint)NativeMemory.Alloc((nuint)chunkSize));
        }

        var place = next;
        bytes.CopyTo(InMemory(place, bytes.Length));
        next += bytes.Length;
        BytesInMemory += bytes.Length;
        return place;
    }

    private void Read(long place, Span<byte> target)
    {
        if (place < MemoryEnd)
            InMemory(place, target.Length).CopyTo(target);
        else
            file!.Read(place - MemoryEnd, target);
    }

    private Span<byte> InMemory(long place, int length) => new((byte*)chunks[(int)(place / chunkSize)] + (place % chunkSize), length);
}
