using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using static System.FormattableString;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>
/// One file in MNIST's IDX format, gzip or not: two zeros, the value type, the number of dimensions, each dimension as a big-endian 32-bit
/// number, then the values.
/// </summary>
internal sealed class IdxFile
{
    private const int ImagesMagic = 0x00000803, LabelsMagic = 0x00000801;
    private readonly byte[] content;
    private readonly int headerLength;

    private IdxFile(string path, byte[] content, int[] dimensions)
    {
        (Path, this.content, Dimensions) = (path, content, dimensions);
        headerLength = 4 * (1 + dimensions.Length);
    }

    /// <summary>Where it was read from.</summary>
    public string Path { get; }

    /// <summary>Number of rows first; for images then height and width.</summary>
    public IReadOnlyList<int> Dimensions { get; }

    /// <summary>Number of images or labels.</summary>
    public int Count => Dimensions[0];

    /// <summary>The values, one byte each, row after row.</summary>
    public ReadOnlyMemory<byte> Values => content.AsMemory(headerLength);

    /// <summary>Reads images: 8-bit values in three dimensions.</summary>
    /// <exception cref="InvalidDataException">The file is not a complete IDX file of images; the message names file, offset, expected and
    /// found.</exception>
    public static IdxFile ReadImages(string path) => Read(path, ImagesMagic, "images", 3);

    /// <summary>Reads labels: 8-bit values in one dimension.</summary>
    /// <param name="path">File to read.</param>
    /// <param name="classes">Number of classes that labels must stay below; null: any label is accepted.</param>
    /// <exception cref="InvalidDataException">The file is not a complete IDX file of labels, or a label is out of range; the message names
    /// file, offset, expected and found.</exception>
    public static IdxFile ReadLabels(string path, int? classes = null)
    {
        var file = Read(path, LabelsMagic, "labels", 1);
        var wrong = classes is { } limit ? file.Values.Span.IndexOfAnyExceptInRange((byte)0, (byte)(limit - 1)) : -1;
        if (wrong >= 0)
            throw Bad(
                path, file.headerLength + wrong,
                $"a label from 0 to {classes - 1}",
                Invariant($"{file.Values.Span[wrong]} (label of row {wrong:N0})"));
        return file;
    }

    /// <summary>Throws if the number of labels differs from the number of images.</summary>
    /// <exception cref="InvalidDataException">The counts differ.</exception>
    public static void CheckSameCount(IdxFile images, IdxFile labels)
    {
        if (images.Count != labels.Count)
            throw Bad(
                labels.Path, 4,
                Invariant($"{images.Count:N0} labels, one for each image of {images.Path}"), Invariant($"{labels.Count:N0}"));
    }

    /// <summary>MD5 of the decompressed content, in lower-case hexadecimal.</summary>
#pragma warning disable CA5351 // The published checksums are MD5; they guard against accidents, not against attackers.
    public string Checksum() => Convert.ToHexStringLower(MD5.HashData(content));
#pragma warning restore CA5351

    /// <summary>Reads images as <see cref="ReadImages(string)"/> does, from a stream.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="path">Name to use in error messages.</param>
    public static IdxFile ReadImages(Stream file, string path) => Read(file, path, ImagesMagic, "images", 3);

    private static IdxFile Read(string path, int magic, string what, int rank)
    {
        using var file = File.OpenRead(path);
        return Read(file, path, magic, what, rank);
    }

    private static IdxFile Read(Stream file, string path, int magic, string what, int rank)
    {
        var (content, length) = Decompress(file, path, rank);
        if (content.Length < 4)
            throw Bad(path, content.Length, "4 bytes of magic number", "the end of the file");
        var found = BinaryPrimitives.ReadInt32BigEndian(content);
        if (found != magic)
            throw Bad(path, 0, $"the magic number 0x{magic:X8} of an IDX file of {what}", $"0x{found:X8}{Explain(found)}");
        var headerLength = 4 * (1 + rank);
        if (content.Length < headerLength)
            throw Bad(path, content.Length, $"a header of {headerLength} bytes", "the end of the file");

        var dimensions = new int[rank];
        long values = 1;
        for (var i = 0; i < rank; i++)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(content.AsSpan(4 * (i + 1)));
            values *= size;
            if (size < 1 || values > Array.MaxLength)
                throw Bad(
                    path, 4 * (i + 1),
                    $"dimension {i + 1} of {rank} to be at least 1 and the whole to fit into memory",
                    Invariant($"{size:N0}"));
            dimensions[i] = size;
        }

        if (length - headerLength < values)
            throw Bad(
                path, length,
                Invariant($"{values:N0} bytes of {what} after the header ({string.Join(" x ", dimensions)})"),
                Invariant($"the end of the file after {length - headerLength:N0}; it is cut short"));
        if (length - headerLength > values)
            throw Bad(
                path, headerLength + values,
                $"the end of the file ({string.Join(" x ", dimensions)} {what})",
                Invariant($"{length - headerLength - values:N0} more bytes"));
        return new IdxFile(path, content, dimensions);
    }

    private static string Explain(int magic) => magic switch
    {
        LabelsMagic => ", an IDX file of labels: are images and labels swapped?",
        ImagesMagic => ", an IDX file of images: are images and labels swapped?",
        _ => "",
    };

    /// <summary>
    /// Returns the content and its length. Content beyond what the header promises is counted but not kept, because a megabyte of gzip can
    /// expand to a gigabyte.
    /// </summary>
    private static (byte[] Content, long Length) Decompress(Stream file, string path, int rank)
    {
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        // Detect gzip by the first bytes, not by the name: browsers decompress downloads but keep the name.
        if (bytes is not [0x1F, 0x8B, ..])
            return (bytes, bytes.Length);
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        var (output, length, piece) = (new MemoryStream(), 0L, new byte[1 << 16]);
        try
        {
            for (int read; (read = gzip.Read(piece)) > 0; length += read)
            {
                if (output.Length <= Promised(output.GetBuffer().AsSpan(0, (int)output.Length), rank))
                    output.Write(piece, 0, read);
            }
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException(
                Message(path, length, "more gzip data (offset counted after decompression)", $"damaged gzip data: {e.Message}"),
                e);
        }

        return (output.ToArray(), length);
    }

    /// <summary>Number of bytes that the file should have according to its header.</summary>
    private static long Promised(ReadOnlySpan<byte> start, int rank)
    {
        var header = 4 * (1 + rank);
        if (start.Length < header)
            return header;
        double values = 1;
        for (var i = 1; i <= rank; i++)
            values *= BinaryPrimitives.ReadUInt32BigEndian(start[(4 * i)..]);
        return header + (long)Math.Min(values, Array.MaxLength);
    }

    private static InvalidDataException Bad(string path, long offset, string expected, string found) =>
        new(Message(path, offset, expected, found));

    private static string Message(string path, long offset, string expected, string found) =>
        $"{path}: at byte {offset}: expected {expected}, found {found}.";
}
