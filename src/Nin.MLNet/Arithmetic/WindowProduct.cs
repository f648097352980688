using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nin.MLNet.Arithmetic;

/// <summary>A convolution of any window and stride as a matrix product over copied windows, or over the pixels for 1x1 windows.</summary>
/// <param name="window">Its sizes.</param>
/// <param name="rectify">Whether a ReLU follows.</param>
internal sealed unsafe class WindowProduct(WindowSizes window, bool rectify)
{
    /// <summary>Windows at a time; as many as <see cref="ProductKernel.RoundUpRows"/> makes of it.</summary>
    private const int Block = 24;
    private readonly int depth = window.Kernel * window.Kernel * window.In;
    private readonly int columns = ProductKernel.RoundUp(window.Out);

    /// <summary>Floats of the weights' panels.</summary>
    public long PanelFloats => (long)depth * columns;

    /// <summary>Floats that <see cref="Run"/> works in.</summary>
    public long WorkFloats => (long)Block * (depth + columns);

    /// <summary>Weights to panels: [columns / 16, k * k * In, 16], filled up with zeros.</summary>
    /// <param name="weights">[Out, k, k, In].</param>
    /// <param name="panels">Takes them.</param>
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
    /// <param name="panels">By <see cref="Pack"/>.</param>
    /// <param name="bias">[Out].</param>
    /// <param name="y">Takes [N, H', W', Out].</param>
    /// <param name="work">Memory for <see cref="WorkFloats"/> floats.</param>
    public void Run(float* x, ImageSizes shape, float* panels, float* bias, float* y, float* work)
    {
        var target = shape.After(window);
        float* windows = work, products = work + ((nint)Block * depth);
        for (long start = 0; start < target.Pixels; start += Block)
        {
            var count = (int)Math.Min(Block, target.Pixels - start);
            var rows = windows;
            // The last rows would reach beyond the images.
            if (window.IsPointwise && count == Block)
                rows = x + ((nint)start * window.In);
            else
                CopyWindows(x, shape, target, start, count, windows);
            ProductKernel.MultiplyPanels(count, depth, rows, panels, columns, products);
            for (var row = 0; row < count; row++)
                Finish(products + ((nint)row * columns), bias, y + ((nint)(start + row) * window.Out));
        }
    }

    private void CopyWindows(float* x, ImageSizes from, ImageSizes to, long start, int count, float* windows)
    {
        for (var place = start; place < start + count; place++)
        {
            var (image, rest) = Math.DivRem(place, to.Height * to.Width);
            var (down, along) = ((int)(rest / to.Width), (int)(rest % to.Width));
            var (row, column) = ((down * window.Stride) - window.Padding, (along * window.Stride) - window.Padding);
            // Of a row of the window, the pixels within the image lie side by side.
            var (left, right) = (Math.Max(column, 0), Math.Min(column + window.Kernel, from.Width));
            for (var i = row; i < row + window.Kernel; i++, windows += window.Kernel * window.In)
            {
                var inside = (uint)i < (uint)from.Height ? Math.Max(0, right - left) * window.In : 0;
                if (inside < window.Kernel * window.In)
                    new Span<float>(windows, window.Kernel * window.In).Clear();
                if (inside > 0)
                    Copy(x + from.Offset(image, i, left), inside, windows + ((left - column) * window.In));
            }
        }
    }

    private static void Copy(float* from, int count, float* to)
    {
        // Windows over one channel are so short that a call would take longer.
        if (count > TileTransforms.Lanes)
            new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
        else
            for (var i = 0; i < count; i++)
                to[i] = from[i];
    }

    private void Finish(float* products, float* bias, float* to)
    {
        var least = rectify ? 0 : float.NegativeInfinity;
        var (floor, c) = (Vector256.Create(least), 0);
        // The second operand is what comes out where one is no number: NaN stays NaN.
        for (; c <= window.Out - TileTransforms.Lanes; c += TileTransforms.Lanes)
            Avx.Max(floor, Vector256.Load(products + c) + Vector256.Load(bias + c)).Store(to + c);
        for (; c < window.Out; c++)
            to[c] = MathF.Max(least, products[c] + bias[c]);
    }
}
