using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>Grey images of one size with their labels: the bytes of two IDX files, and rows for ML.NET made from them on demand.</summary>
internal sealed class ImageSet
{
    private readonly ReadOnlyMemory<byte> pixels;
    private readonly ReadOnlyMemory<byte> labels;
    private readonly IReadOnlyList<string> classNames;

    public ImageSet(IdxFile images, IdxFile labels, IReadOnlyList<string> classNames, int? rows = null, int skip = 0)
    {
        IdxFile.CheckSameCount(images, labels);
        (Height, Width, this.classNames) = (images.Dimensions[1], images.Dimensions[2], classNames);
        (pixels, this.labels) = (images.Values[(skip * Height * Width)..], labels.Values[skip..]);
        Count = Math.Min(rows ?? images.Count, images.Count - skip);
    }

    private ImageSet(ImageSet other, ReadOnlyMemory<byte> pixels)
    {
        (Height, Width, Count, classNames, labels) = (other.Height, other.Width, other.Count, other.classNames, other.labels);
        this.pixels = pixels;
    }

    public int Count { get; }

    /// <summary>Height of every image, in pixels.</summary>
    public int Height { get; }

    /// <summary>Width of every image, in pixels.</summary>
    public int Width { get; }

    /// <summary>Name of the class of one image.</summary>
    public string Label(int row) => classNames[labels.Span[row]];

    /// <summary>The same images, mirrored left to right.</summary>
    public ImageSet Mirrored()
    {
        var mirrored = pixels[..(Count * Height * Width)].ToArray();
        for (var row = 0; row < mirrored.Length; row += Width)
            mirrored.AsSpan(row, Width).Reverse();
        return new ImageSet(this, mirrored);
    }

    /// <summary>Makes one image; the caller disposes it.</summary>
    public MLImage CreateImage(int row)
    {
        var grey = pixels.Span.Slice(row * Height * Width, Height * Width);
        // MLImage knows formats of four bytes alone: grey is red = green = blue, fully opaque.
        var colours = new byte[4 * grey.Length];
        for (var i = 0; i < grey.Length; i++)
        {
            colours.AsSpan(4 * i, 3).Fill(grey[i]);
            colours[(4 * i) + 3] = byte.MaxValue;
        }

        return MLImage.CreateFromPixels(Width, Height, MLPixelFormat.Bgra32, colours);
    }

    /// <summary>The rows as a view with the columns Image and Label; every cursor makes its images anew.</summary>
    public IDataView ToDataView(MLContext context) => context.Data.LoadFromEnumerable(Rows(), ImageRow.SchemaFor(Height, Width));

    /// <summary>
    /// A row lives until the next one is asked for, and its image with it: pixels are copied out by ExtractPixels in between, so that
    /// one image at a time is in native memory instead of as many as the finalizer is behind.
    /// </summary>
    private IEnumerable<ImageRow> Rows()
    {
        for (var i = 0; i < Count; i++)
        {
            var index = i;
            using var row = new ImageRow(() => CreateImage(index)) { Label = Label(index) };
            yield return row;
        }
    }
}
