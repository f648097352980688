using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Data;

/// <summary>Reads the image of a cursor's current row as planar floats.</summary>
internal sealed class ImageReader
{
    private const string WayOut = "Make it one with mlContext.Transforms.ExtractPixels(outputColumnName: ..., inputColumnName: ...) or Concatenate.";
    private readonly DataViewRow row;
    private readonly string name;
    private readonly NinImageShape shape;
    private readonly bool interleaved;
    private readonly ValueGetter<VBuffer<float>> getter;
    private VBuffer<float> buffer;

    public ImageReader(DataViewRow row, DataViewSchema.Column features, NinImageShape shape)
    {
        (this.row, name, this.shape) = (row, features.Name, shape);
        interleaved = IsInterleaved(features.Type);
        getter = row.GetGetter<VBuffer<float>>(features);
    }

    /// <summary>The shape of a features column's images.</summary>
    /// <exception cref="ArgumentException">Not a vector of Single, or a flat one whose shape is unknown, or a shape of too many values.</exception>
    public static NinImageShape ShapeOf(DataViewSchema.Column features, NinImageShape? given) => ShapeOf(features.Name, features.Type, given);

    public static NinImageShape ShapeOf(string name, DataViewType type, NinImageShape? given)
    {
        if (type is not VectorDataViewType { ItemType: NumberDataViewType item } vector || item.RawType != typeof(float))
            throw new ArgumentException($"Features column '{name}' is of type {type}: expected Vector<Single>. {WayOut}");
        if (vector.Dimensions.Length == 3 && vector.Size > 0)
        {
            var d = vector.Dimensions;
            var found = IsInterleaved(type) ? new NinImageShape(d[2], d[0], d[1]) : new NinImageShape(d[0], d[1], d[2]);
            if (given is { } other && other != found)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Features column '{name}' holds images of {found} (channels x height x width) by its type, and Options.ImageShape says {other}: leave ImageShape null or make them agree."));
            return found;
        }

        if (given is { } told)
        {
            if (!told.IsPossible)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Options.ImageShape is {told} (channels x height x width): expected at most {NinImageShape.MostValues:N0} values in an image."));
            if (vector.Size > 0 && vector.Size != told.Size)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Features column '{name}' has {vector.Size} values a row: Options.ImageShape {told} expects {told.Size}."));
            return told;
        }

        var side = (int)Math.Sqrt(vector.Size);
        if (vector.Size == 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Features column '{name}' is a vector of unknown length: set Options.ImageShape to the shape of its images (channels, height, width)."));
        if (side * side != vector.Size)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Features column '{name}' is a flat vector of {vector.Size} values, which is no square: set Options.ImageShape to the shape of its images (channels, height, width)."));
        return new NinImageShape(1, side, side);
    }

    /// <summary>Reads the current row's image.</summary>
    /// <param name="planar">Takes [C, H, W].</param>
    /// <exception cref="ArgumentException">The row's vector has another length than the shape.</exception>
    public void Read(Span<float> planar)
    {
        getter(ref buffer);
        if (buffer.Length != shape.Size)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Features column '{name}' has {buffer.Length} values in row {row.Position:N0}: expected {shape.Size} ({shape}). Every row must hold an image of the same shape."));
        if (!interleaved || shape.Channels == 1)
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

    /// <summary>Whether the dimensions are (H, W, C) rather than (C, H, W): the last could be a number of channels, the first could not.</summary>
    private static bool IsInterleaved(DataViewType type) =>
        type is VectorDataViewType { Dimensions: [var first, _, var last] } && last is (1 or 3 or 4) && first is not (1 or 3 or 4);
}
