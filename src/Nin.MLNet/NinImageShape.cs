using System.Globalization;

namespace Nin.MLNet;

/// <summary>Shape of an image: channels, height, width.</summary>
/// <param name="Channels">1 for grey, 3 for RGB; at least 1.</param>
/// <param name="Height">In pixels; at least 1.</param>
/// <param name="Width">In pixels; at least 1.</param>
public readonly record struct NinImageShape(int Channels, int Height, int Width)
{
    /// <summary>Maximum number of values in one image; as floats they take 2 GiB.</summary>
    internal const int MostValues = int.MaxValue / sizeof(float);

    /// <summary>Number of values in one image.</summary>
    /// <exception cref="InvalidOperationException">The image has more than 536,870,911 values.</exception>
    public int Size => IsPossible
        ? Channels * Height * Width
        : throw new InvalidOperationException(
            string.Create(CultureInfo.InvariantCulture, $"Images of {this} have more than {MostValues:N0} values."));

    /// <summary>Whether an image of this shape can be handled at all.</summary>
    internal bool IsPossible => (Int128)Channels * Height * Width <= MostValues;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Channels}x{Height}x{Width}");
}
