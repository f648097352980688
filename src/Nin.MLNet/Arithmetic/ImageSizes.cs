namespace Nin.MLNet.Arithmetic;

/// <summary>Sizes of a batch that lies in memory as [N, H, W, C].</summary>
/// <param name="Images">Number of images.</param>
/// <param name="Height">Their height, in pixels.</param>
/// <param name="Width">Their width, in pixels.</param>
/// <param name="Channels">Their channels.</param>
internal readonly record struct ImageSizes(int Images, int Height, int Width, int Channels)
{
    public long Pixels => (long)Images * Height * Width;

    public long Floats => Pixels * Channels;

    /// <summary>Their sizes after the windows.</summary>
    public ImageSizes After(WindowSizes window) => new(Images, window.OutputSide(Height), window.OutputSide(Width), window.Out);

    /// <summary>Offset of a pixel, in floats.</summary>
    public nint Offset(long image, int row, int column) => (nint)((((image * Height) + row) * Width) + column) * Channels;
}
