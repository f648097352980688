using System.Globalization;
using Microsoft.ML.Data;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>Labelled grey images of one size: the bytes of two IDX files, from which rows for ML.NET are created on demand.</summary>
internal sealed class ImageSet : ImageCollection
{
    private readonly ReadOnlyMemory<byte> pixels;
    private readonly ReadOnlyMemory<byte> labels;
    private readonly IReadOnlyList<string> classNames;
    private readonly IReadOnlyList<int>? numbers;

    public ImageSet(IdxFile images, IdxFile labels, IReadOnlyList<string> classNames, int? rows = null, int skip = 0)
    {
        IdxFile.CheckSameCount(images, labels);
        (Height, Width, this.classNames) = (images.Dimensions[1], images.Dimensions[2], classNames);
        (pixels, this.labels) = (images.Values[(skip * Height * Width)..], labels.Values[skip..]);
        Count = Math.Min(rows ?? images.Count, images.Count - skip);
    }

    private ImageSet(
        ImageSet other, int count, ReadOnlyMemory<byte> pixels, ReadOnlyMemory<byte> labels, IReadOnlyList<int>? numbers)
    {
        (Height, Width, Count, classNames) = (other.Height, other.Width, count, other.classNames);
        (this.pixels, this.labels, this.numbers) = (pixels, labels, numbers);
    }

    public override int Count { get; }

    /// <summary>Height of every image, in pixels.</summary>
    public int Height { get; }

    /// <summary>Width of every image, in pixels.</summary>
    public int Width { get; }

    public override SchemaDefinition RowSchema => ImageRow.SchemaFor(Height, Width);

    public override string Label(int row) => classNames[labels.Span[row]];

    /// <summary>Name of one image: its number in the set that it was taken from, from 0.</summary>
    public override string Name(int row) => string.Create(CultureInfo.InvariantCulture, $"image {Number(row)}");

    public override ImageSet Mirrored()
    {
        var mirrored = pixels[..(Count * Height * Width)].ToArray();
        for (var row = 0; row < mirrored.Length; row += Width)
            mirrored.AsSpan(row, Width).Reverse();
        return new ImageSet(this, Count, mirrored, labels, numbers);
    }

    /// <summary>These images, followed by those of another set of the same size and classes.</summary>
    public ImageSet FollowedBy(ImageSet others) => new(
        this, Count + others.Count,
        (byte[])[.. pixels.Span[..(Count * Height * Width)], .. others.pixels.Span[..(others.Count * Height * Width)]],
        (byte[])[.. labels.Span[..Count], .. others.labels.Span[..others.Count]], numbers: null);

    public override ImageSet Take(IReadOnlyList<int> rows)
    {
        var size = Height * Width;
        var (taken, named) = (new byte[rows.Count * size], new byte[rows.Count]);
        for (var i = 0; i < rows.Count; i++)
        {
            pixels.Span.Slice(rows[i] * size, size).CopyTo(taken.AsSpan(i * size));
            named[i] = labels.Span[rows[i]];
        }

        return new ImageSet(this, rows.Count, taken, named, [.. rows.Select(Number)]);
    }

    public override MLImage CreateImage(int row)
    {
        var grey = pixels.Span.Slice(row * Height * Width, Height * Width);
        // MLImage supports only formats with four bytes per pixel: grey is red = green = blue, fully opaque.
        var colours = new byte[4 * grey.Length];
        for (var i = 0; i < grey.Length; i++)
        {
            colours.AsSpan(4 * i, 3).Fill(grey[i]);
            colours[(4 * i) + 3] = byte.MaxValue;
        }

        return MLImage.CreateFromPixels(Width, Height, MLPixelFormat.Bgra32, colours);
    }

    protected override IEnumerable<ImageRow> Rows()
    {
        for (var i = 0; i < Count; i++)
        {
            var index = i;
            using var row = new ImageRow(() => CreateImage(index)) { Label = Label(index) };
            yield return row;
        }
    }

    private int Number(int row) => numbers?[row] ?? row;
}
