using System.Runtime.CompilerServices;
using static Nin.MLNet.Arithmetic.TileTransforms;

namespace Nin.MLNet.Arithmetic;

/// <summary>
/// Convolutions of 3x3 and 5x5 windows with about a third of the multiplications, in float32 on one thread: tiles of images and windows are
/// transformed, multiplied point by point as 36 matrix products over the channels, and transformed back. Images are [N, H, W, C] in memory.
/// </summary>
internal static unsafe class WinogradConvolution
{
    /// <summary>Tiles at a time: few enough for their values at one point to stay in the second-level cache.</summary>
    private const int Block = 48;

    /// <summary>Up to this many tiles form a single block: an image of 28x28 pixels has 49.</summary>
    private const int MostInOne = 52;

    /// <summary>The block for the weights' gradient, whose sums are read and written again for each block.</summary>
    private const int LongBlock = 96;

    // One cache line between the points' planes: at distances of 4 KiB they would compete for a few places in the first-level cache.
    private const int Gap = 16;

    /// <summary>Whether a convolution can be computed this way.</summary>
    public static bool Suits(WindowSizes window) =>
        window is { Kernel: 3 or 5, Stride: 1 } && window.Padding < window.Kernel && window.In % Lanes == 0 && window.Out % Lanes == 0;

    /// <summary>Number of floats in the panels that <see cref="WindowTransforms.ToPanels"/> fills.</summary>
    /// <param name="rows">Channels that are summed over.</param>
    /// <param name="columns">Output channels.</param>
    public static long PanelFloats(int rows, int columns) => (long)Points * ProductKernel.RoundUp(columns) * rows;

    /// <summary>Floats of working memory that <see cref="Forward"/> needs.</summary>
    public static long ForwardFloats(WinogradShape shape) => Points * (InPlane(shape, BlockOf(shape)) + OutPlane(shape, BlockOf(shape)))
        + shape.Out + shape.In;

    /// <param name="x">[N, H, W, In].</param>
    /// <param name="panels">The weights, packed by <see cref="WindowTransforms.ToPanels"/>.</param>
    /// <param name="bias">[Out].</param>
    /// <param name="rectify">Whether a ReLU follows.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="y">Receives [N, H', W', Out].</param>
    /// <param name="work">Memory for <see cref="ForwardFloats"/> floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* x, float* panels, float* bias, bool rectify, WinogradShape shape, float* y, float* work)
    {
        var block = BlockOf(shape);
        var (inPlane, outPlane) = (InPlane(shape, block), OutPlane(shape, block));
        float* values = work, products = values + (Points * inPlane), outside = products + (Points * outPlane);
        var zeros = outside + shape.Out;
        new Span<float>(zeros, shape.In).Clear();
        var pixels = stackalloc float*[Points];
        for (long start = 0; start < shape.Tiles; start += block)
        {
            var count = (int)Math.Min(block, shape.Tiles - start);
            TransformImages(x, zeros, shape, start, count, values, inPlane);
            for (var point = 0; point < Points; point++)
            {
                ProductKernel.MultiplyPanels(
                    count, shape.In, values + (point * inPlane), panels + ((nint)point * shape.PaddedOut * shape.In), shape.PaddedOut,
                    products + (point * outPlane));
            }

            for (var t = 0; t < count; t++)
            {
                shape.Targets(start + t, y, outside, pixels);
                Output(
                    products + ((nint)t * shape.PaddedOut), outPlane, shape.Out, bias, rectify ? 0 : float.NegativeInfinity, pixels,
                    shape.Tile);
            }
        }
    }

    /// <summary>Floats of working memory that <see cref="WeightGradient"/> needs.</summary>
    public static long WeightGradientFloats(WinogradShape shape) =>
        Points * (InPlane(shape, LongBlockOf(shape)) + OutPlane(shape, LongBlockOf(shape)) + SumPlane(shape))
        + ProductKernel.Columns + Math.Max(shape.In, shape.Out);

    /// <param name="x">[N, H, W, In].</param>
    /// <param name="outputs">The outputs' gradient, [N, H', W', Out].</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="gradient">Receives the weights' gradient, [In, k, k, Out].</param>
    /// <param name="work">Memory for <see cref="WeightGradientFloats"/> floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WeightGradient(float* x, float* outputs, WinogradShape shape, float* gradient, float* work)
    {
        var block = LongBlockOf(shape);
        var (inPlane, outPlane, sumPlane) = (InPlane(shape, block), OutPlane(shape, block), SumPlane(shape));
        // Products read a little beyond a plane's end; the results of that are ignored.
        float* values = work, gradients = values + (Points * inPlane), sums = gradients + (Points * outPlane) + ProductKernel.Columns;
        var zeros = sums + (Points * sumPlane);
        new Span<float>(zeros, Math.Max(shape.In, shape.Out)).Clear();
        var pixels = stackalloc float*[Points];
        for (long start = 0; start < shape.Tiles; start += block)
        {
            var count = (int)Math.Min(block, shape.Tiles - start);
            TransformImages(x, zeros, shape, start, count, values, inPlane);
            for (var t = 0; t < count; t++)
            {
                shape.Targets(start + t, outputs, zeros, pixels);
                OutputGradient(pixels, shape.Tile, shape.Out, gradients + ((nint)t * shape.PaddedOut), outPlane);
            }

            for (var point = 0; point < Points; point++)
            {
                for (var column = 0; column < shape.PaddedOut; column += ProductKernel.Columns)
                {
                    ProductKernel.MultiplyRows(
                        shape.In, count, values + (point * inPlane), 1, shape.In, gradients + (point * outPlane) + column, shape.PaddedOut,
                        sums + (point * sumPlane) + column, shape.PaddedOut, adds: start > 0);
                }
            }
        }

        WindowTransforms.ToGradient(sums, sumPlane, shape.PaddedOut, shape.Kernel, shape.In, shape.Out, gradient);
    }

    /// <summary>The values of <paramref name="count"/> tiles of images at the 36 points.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformImages(
        float* x, float* zeros, WinogradShape shape, long start, int count, float* values, nint plane)
    {
        var pixels = stackalloc float*[Points];
        for (var t = 0; t < count; t++)
        {
            shape.Sources(start + t, x, zeros, pixels);
            Input(pixels, shape.In, values + ((nint)t * shape.In), plane);
        }
    }

    private static int BlockOf(WinogradShape shape) => ProductKernel.RoundUpRows((int)(shape.Tiles <= MostInOne ? shape.Tiles : Block));

    private static int LongBlockOf(WinogradShape shape) => (int)Math.Min(LongBlock, shape.Tiles);

    private static nint InPlane(WinogradShape shape, int block) => ((nint)block * shape.In) + Gap;

    private static nint OutPlane(WinogradShape shape, int block) => ((nint)block * shape.PaddedOut) + Gap;

    private static nint SumPlane(WinogradShape shape) => (nint)ProductKernel.RoundUpRows(shape.In) * shape.PaddedOut;
}
