using System.Runtime.CompilerServices;
using static Nin.MLNet.Arithmetic.TileTransforms;

namespace Nin.MLNet.Arithmetic;

/// <summary>Sizes of a convolution of stride 1 over a batch, and how its outputs are split into tiles.</summary>
/// <param name="Images">Images in the batch.</param>
/// <param name="Height">Their height, in pixels.</param>
/// <param name="Width">Their width, in pixels.</param>
/// <param name="In">Input channels; a multiple of 8.</param>
/// <param name="Out">Output channels; a multiple of 8.</param>
/// <param name="Kernel">Side of the window, 3 or 5.</param>
/// <param name="Padding">Zeros on each side, less than <paramref name="Kernel"/>.</param>
internal sealed record WinogradShape(int Images, int Height, int Width, int In, int Out, int Kernel, int Padding)
{
    /// <summary>Outputs per row of a tile.</summary>
    public int Tile => Side + 1 - Kernel;

    public int OutHeight => Height + (2 * Padding) - Kernel + 1;

    public int OutWidth => Width + (2 * Padding) - Kernel + 1;

    public int TileRows => (OutHeight + Tile - 1) / Tile;

    public int TileColumns => (OutWidth + Tile - 1) / Tile;

    public long Tiles => (long)Images * TileRows * TileColumns;

    /// <summary>Output channels, rounded up to whole panels.</summary>
    public int PaddedOut => ProductKernel.RoundUp(Out);

    /// <summary>The sizes of the convolution that computes the images' gradient from the outputs' gradient.</summary>
    public WinogradShape OfInputGradient => this with
    {
        Height = OutHeight,
        Width = OutWidth,
        In = Out,
        Out = In,
        Padding = Kernel - 1 - Padding,
    };

    public static WinogradShape Of(WindowSizes window, ImageSizes images) =>
        new(images.Images, images.Height, images.Width, window.In, window.Out, window.Kernel, window.Padding);

    /// <summary>The pixels that a tile reads; <paramref name="zeros"/> for those outside the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Sources(long tile, float* images, float* zeros, float** pixels)
    {
        var (image, row, column) = At(tile);
        (row, column) = (row - Padding, column - Padding);
        for (var i = row; i < row + Side; i++)
        {
            for (var j = column; j < column + Side; j++)
            {
                var isInside = (uint)i < (uint)Height && (uint)j < (uint)Width;
                *pixels++ = isInside ? images + (((((image * Height) + i) * Width) + j) * In) : zeros;
            }
        }
    }

    /// <summary>The pixels of a tile of outputs; <paramref name="outside"/> for those outside the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Targets(long tile, float* outputs, float* outside, float** pixels)
    {
        var (image, row, column) = At(tile);
        for (var i = row; i < row + Tile; i++)
        {
            for (var j = column; j < column + Tile; j++)
                *pixels++ = i < OutHeight && j < OutWidth ? outputs + (((((image * OutHeight) + i) * OutWidth) + j) * Out) : outside;
        }
    }

    /// <summary>The image of a tile, and the row and column of its first output.</summary>
    private (nint Image, int Row, int Column) At(long tile)
    {
        var (image, rest) = Math.DivRem(tile, TileRows * TileColumns);
        return ((nint)image, (int)rest / TileColumns * Tile, (int)rest % TileColumns * Tile);
    }
}
