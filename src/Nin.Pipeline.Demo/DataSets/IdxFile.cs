using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>
/// One file in the IDX format of MNIST, gzip or not: two zeros, the type of a value, the number of dimensions, each dimension as a
/// big-endian 32-bit number, then the values.
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

    /// <summary>Rows first; for images also height and width.</summary>
    public IReadOnlyList<int> Dimensions { get; }

    /// <summary>Number of images or labels.</summary>
    public int Count => Dimensions[0];

    /// <summary>The values, one byte each, row after row.</summary>
    public ReadOnlyMemory<byte> Values => content.AsMemory(headerLength);

    /// <summary>Reads images: 8-bit values in three dimensions.</summary>
    /// <exception cref="InvalidDataException">The file is no whole IDX file of images; the message names file, offset,
    /// expected and found.</exception>
    public static IdxFile ReadImages(string path) => Read(path, ImagesMagic, "images", 3);

    /// <summary>Reads labels: 8-bit values in one dimension.</summary>
    /// <param name="path">File to read.</param>
    /// <param name="classes">Number of classes that labels must stay below; null: any label will do.</param>
    /// <exception cref="InvalidDataException">The file is no whole IDX file of labels, or a label is out of range; the message names file,
    /// offset, expected and found.</exception>
    public static IdxFile ReadLabels(string path, int? classes = null)
    {
        var file = Read(path, LabelsMagic, "labels", 1);
        var wrong = classes is { } limit ? file.Values.Span.IndexOfAnyExceptInRange((byte)0, (byte)(limit - 1)) : -1;
        if (wrong >= 0)
            throw Bad(
                path, file.headerLength + wrong,
                $"a label from 0 to {classes - 1}",
                $"{file.Values.Span[wrong]} (label of row {wrong:N0})");
        return file;
    }

    /// <summary>Refuses labels that belong to other images.</summary>
    /// <exception cref="InvalidDataException">The counts differ.</exception>
    public static void CheckSameCount(IdxFile images, IdxFile labels)
    {
        if (images.Count != labels.Count)
            throw Bad(labels.Path, 4, $"{images.Count:N0} labels, one for each image of {images.Path}", $"{labels.Count:N0}");
    }

    /// <summary>MD5 of the decompressed content, in small hexadecimal digits.</summary>
#pragma warning disable CA5351 // The published checksums are MD5; they guard against accidents, not against attackers.
    public string Checksum() => Convert.ToHexStringLower(MD5.HashData(content));
#pragma warning restore CA5351

    private static IdxFile Read(string path, int magic, string what, int rank)
    {
        var content = Decompress(path);
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
                    $"{size:N0}");
            dimensions[i] = size;
        }

        if (content.Length - headerLength < values)
            throw Bad(
                path, content.Length,
                $"{values:N0} bytes of {what} after the header ({string.Join(" x ", dimensions)})",
                $"the end of the file after {content.Length - headerLength:N0}; it is cut short");
        if (content.Length - headerLength > values)
            throw Bad(
                path, headerLength + values,
                $"the end of the file ({string.Join(" x ", dimensions)} {what})",
                $"{content.Length - headerLength - values:N0} more bytes");
        return new IdxFile(path, content, dimensions);
    }

    private static string Explain(int magic) => magic switch
    {
        LabelsMagic => ", an IDX file of labels: are images and labels swapped?",
        ImagesMagic => ", an IDX file of images: are images and labels swapped?",
        _ => "",
    };

    private static byte[] Decompress(string path)
    {
        var bytes = File.ReadAllBytes(path);
        // By its first bytes, not by its name: browsers decompress downloads and keep the name.
        if (bytes is not [0x1F, 0x8B, ..])
            return bytes;
        using var output = new MemoryStream(bytes.Length * 2);
        try
        {
            using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            gzip.CopyTo(output);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException(
                Message(path, output.Length, "more gzip data (offset counted after decompression)", $"damaged gzip data: {e.Message}"),
                e);
        }

        return output.ToArray();
    }

    private static InvalidDataException Bad(string path, long offset, string expected, string found) =>
        new(Message(path, offset, expected, found));

    private static string Message(string path, long offset, string expected, string found) =>
        $"{path}: at byte {offset}: expected {expected}, found {found}.";
}
