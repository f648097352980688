using Microsoft.ML;

namespace Nin.MLNet.Data;

/// <summary>Reads the image of a cursor's current row as planar floats.</summary>
internal abstract class ImageReader
{
    /// <param name="row">The cursor or row.</param>
    /// <param name="features">The column of images.</param>
    /// <param name="layout">How the column holds an image.</param>
    public static ImageReader Of(DataViewRow row, DataViewSchema.Column features, NinImageLayout layout) =>
        layout.IsImage ? new PictureReader(row, features, layout.Shape) : new VectorReader(row, features, layout);

    /// <summary>Reads the current row's image.</summary>
    /// <param name="planar">Takes [C, H, W]; NaN if the row has no image.</param>
    /// <exception cref="ArgumentException">The row's image has a different shape.</exception>
    public abstract void Read(Span<float> planar);
}
