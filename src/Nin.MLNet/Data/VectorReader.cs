using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Data;

/// <summary>Reads images from a column of vectors.</summary>
internal sealed class VectorReader(DataViewRow row, DataViewSchema.Column features, NinImageLayout layout) : ImageReader
{
    private readonly ValueGetter<VBuffer<float>> getter = row.GetGetter<VBuffer<float>>(features);
    private VBuffer<float> buffer;

    public override void Read(Span<float> planar)
    {
        getter(ref buffer);
        Read(buffer, planar);
    }

    /// <summary>The same for a value that was already read.</summary>
    public void Read(in VBuffer<float> image, Span<float> planar)
    {
        var shape = layout.Shape;
        if (image.Length != shape.Size)
            throw Refusal.Row(string.Create(
                CultureInfo.InvariantCulture,
                $"Features column '{features.Name}' has {image.Length} values in row {row.Position:N0}: expected {shape.Size} " +
                $"({shape}). Every row must hold an image of the same shape."));
        if (!layout.ChannelsLast || shape.Channels == 1)
        {
            image.CopyTo(planar);
            return;
        }

        var dense = image.IsDense ? image.GetValues() : image.DenseValues().ToArray();
        var area = shape.Height * shape.Width;
        for (var c = 0; c < shape.Channels; c++)
        {
            for (var i = 0; i < area; i++)
                planar[(c * area) + i] = dense[(i * shape.Channels) + c];
        }
    }
}
