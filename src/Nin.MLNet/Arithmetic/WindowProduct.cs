using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nin.MLNet.Arithmetic;

/// <summary>
/// A convolution of any window and stride as matrix products: over the pixels for 1x1 windows, otherwise for one row of the windows at a
/// time, over a row of outputs. In a frame of zeros such rows are evenly spaced and overlap, so that no window is copied.
/// </summary>
/// <param name="window">Its sizes.</param>
/// <param name="rectify">Whether a ReLU follows.</param>
internal sealed unsafe class WindowProduct(WindowSizes window, bool rectify)
{
    /// <summary>Pixels at a time for 1x1 windows; a number that <see cref="ProductKernel.RoundUpRows"/> leaves unchanged.</summary>
    private const int Block = 24;
    private readonly int depth = window.Kernel * window.Kernel * window.In;
    private readonly int columns = ProductKernel.RoundUp(window.Out);

    /// <summary>Number of floats in the weights' panels.</summary>
    public long PanelFloats => (long)depth * columns;

    /// <summary>Floats of working memory that <see cref="Run"/> needs.</summary>
    public long WorkFloats(ImageSizes shape) =>
        window.IsPointwise ? (long)Block * (depth + columns) : FrameFloats(shape) + ((long)RowsOf(shape) * columns);

    /// <summary>Packs weights into panels: [columns / 16, k * k * In, 16], padded with zeros.</summary>
    /// <param name="weights">[Out, k, k, In].</param>
    /// <param name="panels">Receives them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(float* weights, float* panels)
    {
        new Span<float>(panels, checked((int)PanelFloats)).Clear();
        for (var output = 0; output < window.Out; output++)
        {
            var to = panels + ((nint)(output / ProductKernel.Columns) * depth * ProductKernel.Columns) + (output % ProductKernel.Columns);
            for (var i = 0; i < depth; i++)
                to[(nint)i * ProductKernel.Columns] = *weights++;
        }
    }

    /// <param name="x">[N, H, W, In].</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="panels">Packed by <see cref="Pack"/>.</param>
    /// <param name="bias">[Out].</param>
    /// <param name="y">Receives [N, H', W', Out].</param>
    /// <param name="work">Memory for <see cref="WorkFloats"/> floats.</param>
    public void Run(float* x, ImageSizes shape, float* panels, float* bias, float* y, float* work)
    {
        if (window.IsPointwise)
            RunPixels(x, shape, panels, bias, y, work);
        else
            RunRows(x, shape, panels, bias, y, work);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunPixels(float* x, ImageSizes shape, float* panels, float* bias, float* y, float* work)
    {
        float* last = work, products = work + ((nint)Block * depth);
        for (long start = 0; start < shape.Pixels; start += Block)
        {
            var count = (int)Math.Min(Block, shape.Pixels - start);
            var rows = x + ((nint)start * window.In);
            // Otherwise the product would read beyond the images.
            if (count < Block)
            {
                new ReadOnlySpan<float>(rows, count * depth).CopyTo(new Span<float>(last, Block * depth));
                rows = last;
            }

            ProductKernel.MultiplyPanels(count, depth, rows, panels, columns, products);
            Finish(products, count, bias, y + ((nint)start * window.Out));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunRows(float* x, ImageSizes shape, float* panels, float* bias, float* y, float* work)
    {
        var target = shape.After(window);
        var line = FrameLine(shape);
        float* frame = work, products = work + (nint)FrameFloats(shape);
        // No image changes the border.
        for (var row = 0; row < shape.Height + (2 * window.Padding); row++)
            new Span<float>(frame + (row * line), (int)line).Clear();
        for (long image = 0; image < shape.Images; image++)
        {
            for (var row = 0; row < shape.Height; row++)
            {
                var pixels = new ReadOnlySpan<float>(x + shape.Offset(image, row, 0), shape.Width * window.In);
                pixels.CopyTo(new Span<float>(frame + ((row + window.Padding) * line) + (window.Padding * window.In), pixels.Length));
            }

            for (var row = 0; row < target.Height; row++, y += (nint)target.Width * window.Out)
            {
                MultiplyRow(target.Width, frame + ((nint)row * window.Stride * line), line, panels, products);
                Finish(products, target.Width, bias, y);
            }
        }
    }

    /// <summary>One row of outputs: the sum over the rows of the windows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyRow(int outputs, float* source, nint line, float* panels, float* products)
    {
        var width = window.Kernel * window.In;
        for (var column = 0; column < columns; column += ProductKernel.Columns)
        {
            for (var i = 0; i < window.Kernel; i++, panels += width * ProductKernel.Columns)
            {
                ProductKernel.MultiplyRows(
                    outputs, width, source + (i * line), (nint)window.Stride * window.In, 1, panels, ProductKernel.Columns,
                    products + column, columns, adds: i > 0);
            }
        }
    }

    /// <summary>Floats in one row of the framed image.</summary>
    private nint FrameLine(ImageSizes shape) => (nint)(shape.Width + (2 * window.Padding)) * window.In;

    /// <summary>Floats in the framed image, plus what a product reads beyond it.</summary>
    private long FrameFloats(ImageSizes shape) => ((shape.Height + (2L * window.Padding)) * FrameLine(shape))
        + ((long)(RowsOf(shape) - window.OutputSide(shape.Width)) * window.Stride * window.In);

    /// <summary>Outputs computed per row.</summary>
    private int RowsOf(ImageSizes shape) => ProductKernel.RoundUpRows(window.OutputSide(shape.Width));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Finish(float* products, int rows, float* bias, float* to)
    {
        for (var row = 0; row < rows; row++, products += columns, to += window.Out)
            FinishPixel(products, bias, to);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FinishPixel(float* products, float* bias, float* to)
    {
        var least = rectify ? 0 : float.NegativeInfinity;
        var (floor, c) = (Vector256.Create(least), 0);
        // If an operand is NaN, the result is the second operand: NaN stays NaN.
        for (; c <= window.Out - TileTransforms.Lanes; c += TileTransforms.Lanes)
            Avx.Max(floor, Vector256.Load(products + c) + Vector256.Load(bias + c)).Store(to + c);
        for (; c < window.Out; c++)
            to[c] = MathF.Max(least, products[c] + bias[c]);
    }
}
