using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Nin.MLNet;

/// <summary>How a features column holds an image; decided once, when training starts, and kept in the model.</summary>
public sealed class NinImageLayout
{
    /// <param name="shape">Shape of one image.</param>
    /// <param name="channelsLast">Whether a row's values come as (height, width, channels) rather than (channels, height, width).</param>
    /// <param name="dimensions">Dimensions of the column's vector type; a dimension of 0 is unknown.</param>
    /// <exception cref="ArgumentException">The dimensions do not agree with the shape, or the shape has too many values.</exception>
    public NinImageLayout(NinImageShape shape, bool channelsLast, ImmutableArray<int> dimensions)
        : this(shape, channelsLast, dimensions, isImage: false)
    {
    }

    [JsonConstructor]
    internal NinImageLayout(NinImageShape shape, bool channelsLast, ImmutableArray<int> dimensions, bool isImage = false)
    {
        if (shape.Channels < 1 || shape.Height < 1 || shape.Width < 1 || !shape.IsPossible)
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"Images of {shape} (channels x height x width): expected 1 to {NinImageShape.MostValues:N0} values."));
        if (dimensions.IsDefaultOrEmpty || dimensions.Any(length => length < 0))
            throw new ArgumentException("The dimensions of a features column are missing or negative: expected those of a vector type.");
        if (!(isImage ? Agree(dimensions, shape.Height, shape.Width) : Agree(dimensions, shape, channelsLast)))
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"A features column of {string.Join('x', dimensions)} values does not hold images of {shape} (channels x height x " +
                $"width){(isImage ? "" : channelsLast ? " with channels last" : " with channels first")}."));
        (Shape, ChannelsLast, Dimensions, IsImage) = (shape, channelsLast, dimensions, isImage);
    }

    /// <summary>Shape of one image.</summary>
    public NinImageShape Shape { get; }

    /// <summary>Whether a row's values come as (height, width, channels) rather than (channels, height, width).</summary>
    public bool ChannelsLast { get; }

    /// <summary>Dimensions of the column's vector type, or height and width of its image type; a dimension of 0 is unknown.</summary>
    public ImmutableArray<int> Dimensions { get; }

    /// <summary>
    /// Whether the column holds images (<c>MLImage</c>) rather than vectors: red, green and blue, or grey where the three are equal.
    /// </summary>
    public bool IsImage { get; }

    /// <summary>A flat vector, channels first.</summary>
    internal static NinImageLayout Flat(NinImageShape shape) => new(shape, channelsLast: false, [shape.Size]);

    /// <summary>With one channel, its place makes no difference. Of dimensions that tell no shape, only the product counts.</summary>
    private static bool Agree(ImmutableArray<int> dimensions, NinImageShape shape, bool channelsLast) => dimensions.Length switch
    {
        3 => ((!channelsLast || shape.Channels == 1) && Agree(dimensions, shape.Channels, shape.Height, shape.Width))
            || ((channelsLast || shape.Channels == 1) && Agree(dimensions, shape.Height, shape.Width, shape.Channels)),
        2 when shape.Channels == 1 => Agree(dimensions, shape.Height, shape.Width),
        _ => dimensions.Contains(0) || dimensions.Aggregate((Int128)1, (product, length) => product * length) == shape.Size,
    };

    private static bool Agree(ImmutableArray<int> dimensions, params ReadOnlySpan<int> expected)
    {
        if (dimensions.Length != expected.Length)
            return false;
        for (var i = 0; i < expected.Length; i++)
        {
            if (dimensions[i] != 0 && dimensions[i] != expected[i])
                return false;
        }

        return true;
    }
}
