namespace Nin.MLNet.Arithmetic;

/// <summary>Sizes of a window that moves over images: for a convolution, or for a pooling, which keeps the channels.</summary>
/// <param name="In">Input channels.</param>
/// <param name="Out">Output channels.</param>
/// <param name="Kernel">Side of the window, in pixels.</param>
/// <param name="Stride">Pixels from one window to the next.</param>
/// <param name="Padding">Pixels beyond the image on each side.</param>
internal readonly record struct WindowSizes(int In, int Out, int Kernel, int Stride, int Padding)
{
    /// <summary>A 1x1 window on every pixel: the same matrix product everywhere.</summary>
    public bool IsPointwise => (Kernel, Stride, Padding) == (1, 1, 0);

    /// <summary>Output side for an input of side <paramref name="side"/>, in pixels; 0 if the window does not fit.</summary>
    public int OutputSide(int side) => side + (2 * Padding) < Kernel ? 0 : ((side + (2 * Padding) - Kernel) / Stride) + 1;
}
