using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>Labelled images, one by one or as a view.</summary>
internal abstract class ImageCollection
{
    /// <summary>Number of images, including files that turn out to be unreadable.</summary>
    public abstract int Count { get; }

    /// <summary>The columns of <see cref="ImageRow"/> for these images.</summary>
    public abstract SchemaDefinition RowSchema { get; }

    /// <summary>Class name of one image.</summary>
    public abstract string Label(int row);

    /// <summary>Name of one image.</summary>
    public abstract string Name(int row);

    /// <summary>Creates one image; the caller disposes it.</summary>
    /// <exception cref="UnreadableImageException">Its file cannot be read.</exception>
    public abstract MLImage CreateImage(int row);

    /// <summary>The same images, mirrored left to right.</summary>
    public abstract ImageCollection Mirrored();

    /// <summary>Some of the images, in the order given.</summary>
    public abstract ImageCollection Take(IReadOnlyList<int> rows);

    /// <summary>The rows as a view with the columns Image and Label; every cursor creates its images anew.</summary>
    public IDataView ToDataView(MLContext context) => context.Data.LoadFromEnumerable(Rows(), RowSchema);

    /// <summary>
    /// Some of the images as rows, in the order of the numbers. Each pass creates them anew, and each image is disposed with its row.
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
    /// A row and its image live until the next row is requested; ExtractPixels copies the pixels before that. So only one image at a time
    /// is in native memory, rather than all those that the finalizer has not reached yet.
    /// </summary>
    protected abstract IEnumerable<ImageRow> Rows();
}
