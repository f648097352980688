namespace Nin.MLNet;

/// <summary>Shape of an image: channels, height, width.</summary>
/// <param name="Channels">1 for grey, 3 for RGB; at least 1.</param>
/// <param name="Height">In pixels; at least 1.</param>
/// <param name="Width">In pixels; at least 1.</param>
public readonly record struct NinImageShape(int Channels, int Height, int Width)
{
    /// <summary>Values in one image.</summary>
    public int Size => Channels * Height * Width;

    /// <inheritdoc/>
    public override string ToString() => $"{Channels}x{Height}x{Width}";
}
