using System.Buffers.Binary;
using System.IO.Compression;

namespace Nin.MLNet.Tests.Demo;

/// <summary>Writes small IDX files into its own folder, and deletes the folder.</summary>
internal sealed class IdxPair : IDisposable
{
    public const int Classes = 3;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("nin-idx").FullName;

    public string Path(string name) => System.IO.Path.Combine(Directory, name);

    /// <summary>Writes an IDX file of bytes, gzipped if the name says so.</summary>
    public string Write(string name, int[] dimensions, byte[] values, int? magic = null)
    {
        var content = new byte[4 + (4 * dimensions.Length) + values.Length];
        BinaryPrimitives.WriteInt32BigEndian(content, magic ?? (0x00000800 | dimensions.Length));
        for (var i = 0; i < dimensions.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(4 * (i + 1)), dimensions[i]);
        values.CopyTo(content, 4 + (4 * dimensions.Length));
        if (name.EndsWith(".gz", StringComparison.Ordinal))
        {
            using var output = new MemoryStream();
            using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
                gzip.Write(content);
            content = output.ToArray();
        }

        File.WriteAllBytes(Path(name), content);
        return Path(name);
    }

    /// <summary>Writes the four files of a data set: pixel p of image i is i + p, its label i modulo the classes.</summary>
    public void WriteDataSet(int train, int test, int height, int width)
    {
        foreach (var (part, count, end) in new[] { ("train", train, ".gz"), ("t10k", test, "") })
        {
            Write(
                $"{part}-images-idx3-ubyte{end}",
                [count, height, width],
                [.. Enumerable.Range(0, count).SelectMany(i => Enumerable.Range(0, height * width).Select(p => Pixel(i, p)))]);
            Write($"{part}-labels-idx1-ubyte{end}", [count], [.. Enumerable.Range(0, count).Select(i => (byte)(i % Classes))]);
        }
    }

    public static byte Pixel(int image, int pixel) => (byte)(image + pixel);

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
