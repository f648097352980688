using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>One row of a data set. It owns its image: whoever creates the row disposes it.</summary>
internal sealed class ImageRow(Func<MLImage>? create) : IDisposable
{
    private MLImage? image;

    /// <summary>Creates a row whose image is set later, as ML.NET does.</summary>
    public ImageRow()
        : this(null)
    {
    }

    /// <summary>The image, created on first access: a pass that reads only the labels creates none.</summary>
    [ImageType(FashionMnist.Side, FashionMnist.Side)]
    public MLImage? Image
    {
        get => image ??= create?.Invoke();
        set => image = value;
    }

    /// <summary>Name of the class; empty if it is to be predicted.</summary>
    public string Label { get; set; } = "";

    /// <summary>The file; empty for images that have no file of their own.</summary>
    public string Path { get; set; } = "";

    /// <summary>The columns Image and Label of rows whose images have a given size.</summary>
    public static SchemaDefinition SchemaFor(int height, int width)
    {
        // The attribute above tells ML.NET that an MLImage may be 28x28; any other size must be given here.
        var schema = Schema(new ImageDataViewType(height, width), new ImageTypeAttribute(height, width));
        schema.Remove(schema[nameof(Path)]);
        return schema;
    }

    /// <summary>The columns Image, Label and Path of files, whose images may be of any size.</summary>
    public static SchemaDefinition SchemaForFiles() => Schema(new ImageDataViewType(), new ImageTypeAttribute());

    public void Dispose()
    {
        image?.Dispose();
        image = null;
    }

    private static SchemaDefinition Schema(ImageDataViewType type, ImageTypeAttribute attribute)
    {
        DataViewTypeManager.Register(type, typeof(MLImage), attribute);
        var schema = SchemaDefinition.Create(typeof(ImageRow));
        schema[nameof(Image)].ColumnType = type;
        return schema;
    }
}
