using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>Images in files, of any size. A view of them skips the files that cannot be read and lists them.</summary>
/// <param name="files">The files, each with its label.</param>
/// <param name="failures">Collects the files that cannot be read.</param>
/// <param name="isMirrored">Whether the images are mirrored left to right.</param>
internal sealed class FileImages(IReadOnlyList<LabelledFile> files, ReadFailures failures, bool isMirrored = false) : ImageCollection
{
    public override int Count => files.Count;

    public override SchemaDefinition RowSchema => ImageRow.SchemaForFiles();

    public override string Label(int row) => files[row].Label;

    public override string Name(int row) => files[row].Path;

    public override FileImages Mirrored() => new(files, failures, !isMirrored);

    public override FileImages Take(IReadOnlyList<int> rows) => new([.. rows.Select(row => files[row])], failures, isMirrored);

    public override MLImage CreateImage(int row)
    {
        var image = ImageFile.Decode(files[row].Path);
        if (!isMirrored)
            return image;
        using (image)
        {
            var pixels = image.Pixels.ToArray();
            var colours = MemoryMarshal.Cast<byte, uint>(pixels.AsSpan());
            for (var y = 0; y < image.Height; y++)
                colours.Slice(y * image.Width, image.Width).Reverse();
            return MLImage.CreateFromPixels(image.Width, image.Height, image.PixelFormat, pixels);
        }
    }

    protected override IEnumerable<ImageRow> Rows()
    {
        var read = 0;
        for (var i = 0; i < files.Count; i++)
        {
            if (TryCreate(i) is not { } image)
                continue;
            read++;
            using var row = new ImageRow { Image = image, Label = files[i].Label, Path = files[i].Path };
            yield return row;
        }

        if (read == 0 && files.Count > 0)
            throw NoneReadable(files.Count, failures);
    }

    /// <summary>The exception for a set of files in which none is an image.</summary>
    public static InvalidDataException NoneReadable(int count, ReadFailures failures) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"None of {count:N0} image(s) could be read. The first: {failures.ToList()[0].Path}: {failures.ToList()[0].Reason}."));

    private MLImage? TryCreate(int row)
    {
        try
        {
            return CreateImage(row);
        }
        catch (UnreadableImageException e)
        {
            failures.Add(e);
            return null;
        }
    }
}
