using System.Buffers.Binary;
using System.IO.Compression;

namespace Nin.MLNet.Tests.Demo;

/// <summary>Image files of kinds that SkiaSharp does not write, byte by byte.</summary>
internal static class RawImages
{
    /// <summary>A cyan 16x16 JPEG in CMYK, as used in printing, with Adobe's marker.</summary>
    public static readonly byte[] CmykJpeg = Convert.FromBase64String(
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAIAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB" +
        "/8AAFAgAEAAQBAERAAIRAAMRAAQRAP/EABYAAAMAAAAAAAAAAAAAAAAAAAAHCP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAOBAEAAgADAAQAAD8An8/z" +
        "/P8AAAAAAAf/2Q==");

    /// <summary>Two pictures of 2x2 pixels: red, then blue.</summary>
    public static readonly byte[] AnimatedGif = Convert.FromBase64String(
        "R0lGODlhAgACAPEAAAAAAP8AAAAA/////yH5BAAKAAAALAAAAAACAAIAAAIDTJgUACH5BAAKAAAALAAAAAACAAIAAAIDlCgVADs=");

    /// <summary>A PNG made of the bytes of consecutive rows.</summary>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="depth">Bits per channel.</param>
    /// <param name="colourType">0 grey, 2 RGB, 3 palette, 6 RGBA.</param>
    /// <param name="rows">The bytes of all rows; too few make a truncated file.</param>
    /// <param name="palette">Red, green and blue of each colour.</param>
    public static byte[] Png(int width, int height, byte depth, byte colourType, byte[] rows, byte[]? palette = null)
    {
        using var file = new MemoryStream();
        file.Write([0x89, .. "PNG\r\n"u8, 0x1A, .. "\n"u8]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (depth, colourType);
        Chunk(file, "IHDR"u8, header);
        if (palette is not null)
            Chunk(file, "PLTE"u8, palette);
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var at = 0; at < rows.Length; at += rows.Length / height)
            {
                // No filter.
                zlib.WriteByte(0);
                zlib.Write(rows, at, rows.Length / height);
            }
        }

        Chunk(file, "IDAT"u8, compressed.ToArray());
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    /// <summary>A single-colour BMP with 24 bits per pixel.</summary>
    public static byte[] Bmp(int side, byte red, byte green, byte blue)
    {
        var row = ((3 * side) + 3) / 4 * 4;
        var file = new byte[54 + (row * side)];
        (file[0], file[1], file[10], file[14], file[26], file[28]) = ((byte)'B', (byte)'M', 54, 40, 1, 24);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), side);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), side);
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
                (file[54 + (y * row) + (3 * x)], file[55 + (y * row) + (3 * x)], file[56 + (y * row) + (3 * x)]) = (blue, green, red);
        }

        return file;
    }

    /// <summary>The same JPEG with an EXIF orientation, 1 to 8.</summary>
    public static byte[] WithOrientation(byte[] jpeg, byte orientation) =>
    [
        .. jpeg[..2],
        0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8,
        // TIFF, big-endian, one entry: tag 0x0112, one 16-bit number.
        .. "MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
        .. jpeg[2..],
    ];

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, byte[] content)
    {
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        byte[] body = [.. type, .. content];
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        file.Write(number);
    }

    private static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
        }

        return ~crc;
    }
}
