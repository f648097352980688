using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>Images with labels: one by one, or as a view.</summary>
internal abstract class ImageCollection
{
    /// <summary>Number of images; files that turn out to be unreadable count.</summary>
    public abstract int Count { get; }

    /// <summary>The columns of <see cref="ImageRow"/> for these images.</summary>
    public abstract SchemaDefinition RowSchema { get; }

    /// <summary>Name of the class of one image.</summary>
    public abstract string Label(int row);

    /// <summary>What one image is called.</summary>
    public abstract string Name(int row);

    /// <summary>Makes one image; the caller disposes it.</summary>
    /// <exception cref="UnreadableImageException">Its file cannot be read.</exception>
    public abstract MLImage CreateImage(int row);

    /// <summary>The same images, mirrored left to right.</summary>
    public abstract ImageCollection Mirrored();

    /// <summary>Some of the images, in the order given.</summary>
    public abstract ImageCollection Take(IReadOnlyList<int> rows);

    /// <summary>The rows as a view with the columns Image and Label; every cursor makes its images anew.</summary>
    public IDataView ToDataView(MLContext context) => context.Data.LoadFromEnumerable(Rows(), RowSchema);

    /// <summary>
    /// Some of the images as rows, in the order of the numbers; each pass makes them anew, and a row's image goes with the row.
    /// </summary>
    public IEnumerable<ImageRow> Some(IReadOnlyList<int> numbers)
    {
        foreach (var number in numbers)
        {
            using var row = new ImageRow { Image = CreateImage(number), Label = Label(number), Path = Name(number) };
            yield return row;
        }
    }

    /// <summary>
    /// A row lives until the next one is asked for, and its image with it: pixels are copied out by ExtractPixels in between, so that
    /// one image at a time is in native memory instead of as many as the finalizer is behind.
    /// </summary>
    protected abstract IEnumerable<ImageRow> Rows();
}
