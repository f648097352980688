using System.Buffers.Binary;
using System.IO.Compression;

namespace Nin.MLNet.Benchmarks.Learning;

/// <summary>Writes bytes in MNIST's IDX format, compressed.</summary>
internal static class IdxWriter
{
    /// <param name="path">File to write.</param>
    /// <param name="values">The values, row by row.</param>
    /// <param name="dimensions">The dimensions, number of rows first.</param>
    public static void Write(string path, ReadOnlySpan<byte> values, params int[] dimensions)
    {
        using var file = new GZipStream(File.Create(path), CompressionLevel.Optimal);
        // Two zeros, the type (8 for bytes), the number of dimensions.
        file.Write([0, 0, 8, (byte)dimensions.Length]);
        Span<byte> number = stackalloc byte[sizeof(int)];
        foreach (var dimension in dimensions)
        {
            BinaryPrimitives.WriteInt32BigEndian(number, dimension);
            file.Write(number);
        }

        file.Write(values);
    }
}
