using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Data;

/// <summary>Reads the image of a cursor's current row as planar floats.</summary>
internal sealed class ImageReader
{
    private readonly DataViewRow row;
    private readonly string name;
    private readonly NinImageLayout layout;
    private readonly ValueGetter<VBuffer<float>> getter;
    private VBuffer<float> buffer;

    public ImageReader(DataViewRow row, DataViewSchema.Column features, NinImageLayout layout)
    {
        (this.row, name, this.layout) = (row, features.Name, layout);
        getter = row.GetGetter<VBuffer<float>>(features);
    }

    /// <summary>Reads the current row's image.</summary>
    /// <param name="planar">Takes [C, H, W].</param>
    /// <exception cref="ArgumentException">The row's vector has another length than the shape.</exception>
    public void Read(Span<float> planar)
    {
        getter(ref buffer);
        var shape = layout.Shape;
        if (buffer.Length != shape.Size)
            throw Refusal.Row(string.Create(
                CultureInfo.InvariantCulture,
                $"Features column '{name}' has {buffer.Length} values in row {row.Position:N0}: expected {shape.Size} ({shape}). Every " +
                $"row must hold an image of the same shape."));
        if (!layout.ChannelsLast || shape.Channels == 1)
        {
            buffer.CopyTo(planar);
            return;
        }

        var dense = buffer.IsDense ? buffer.GetValues() : buffer.DenseValues().ToArray();
        var area = shape.Height * shape.Width;
        for (var c = 0; c < shape.Channels; c++)
        {
            for (var i = 0; i < area; i++)
                planar[(c * area) + i] = dense[(i * shape.Channels) + c];
        }
    }
}
