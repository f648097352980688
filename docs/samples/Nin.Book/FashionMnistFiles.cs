using System.IO.Compression;
using Microsoft.ML;

namespace Nin.Book;

/// <summary>The book's <c>load_data_fashion_mnist</c>: the four files that ship with the repository, as data views.</summary>
public static class FashionMnistFiles
{
    private const int Pixels = 28 * 28, ImagesHeader = 16, LabelsHeader = 8;

    /// <summary>The first <paramref name="rows"/> images of the part "train" or "t10k".</summary>
    public static IDataView Load(MLContext context, string part, int rows)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "fashion-mnist");
        var images = Decompress(Path.Combine(folder, $"{part}-images-idx3-ubyte.gz"));
        var labels = Decompress(Path.Combine(folder, $"{part}-labels-idx1-ubyte.gz"));
        var all = Enumerable.Range(0, Math.Min(rows, labels.Length - LabelsHeader)).Select(i => new GreyImage
        {
            // In memory ML.NET counts keys from 0, as the file does.
            Label = labels[LabelsHeader + i],
            Features = [.. images.AsSpan(ImagesHeader + (i * Pixels), Pixels).ToArray().Select(pixel => (float)pixel)],
        });
        return context.Data.LoadFromEnumerable(all);
    }

    private static byte[] Decompress(string path)
    {
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var content = new MemoryStream();
        file.CopyTo(content);
        return content.ToArray();
    }
}
