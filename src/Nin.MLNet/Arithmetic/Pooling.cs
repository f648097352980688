using System.Runtime.Intrinsics;
using Nin.MLNet.Network;

namespace Nin.MLNet.Arithmetic;

/// <summary>Maximum or mean over windows; what lies outside an image counts in neither.</summary>
internal static unsafe class Pooling
{
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="layer">A pooling.</param>
    /// <param name="y">Takes [N, H', W', C].</param>
    public static void Run(float* x, ImageSizes shape, Layer layer, float* y)
    {
        var target = shape.After(layer);
        for (long image = 0; image < target.Images; image++)
        {
            for (var row = 0; row < target.Height; row++)
            {
                for (var column = 0; column < target.Width; column++, y += shape.Channels)
                    Window(x, shape, layer, image, (row * layer.Stride) - layer.Padding, (column * layer.Stride) - layer.Padding, y);
            }
        }
    }

    private static void Window(float* x, ImageSizes shape, Layer layer, long image, int row, int column, float* y)
    {
        var (top, bottom) = (Math.Max(row, 0), Math.Min(row + layer.Kernel, shape.Height));
        var (left, right) = (Math.Max(column, 0), Math.Min(column + layer.Kernel, shape.Width));
        var isMax = layer.Kind == LayerKind.MaxPool;
        new ReadOnlySpan<float>(x + shape.Offset(image, top, left), shape.Channels).CopyTo(new Span<float>(y, shape.Channels));
        for (var i = top; i < bottom; i++)
        {
            for (var j = left + (i == top ? 1 : 0); j < right; j++)
                Take(x + shape.Offset(image, i, j), shape.Channels, isMax, y);
        }

        if (!isMax)
            Scale(1f / ((bottom - top) * (right - left)), shape.Channels, y);
    }

    private static void Take(float* pixel, int channels, bool isMax, float* y)
    {
        var c = 0;
        for (; c <= channels - TileTransforms.Lanes; c += TileTransforms.Lanes)
        {
            var (known, other) = (Vector256.Load(y + c), Vector256.Load(pixel + c));
            (isMax ? Vector256.Max(known, other) : known + other).Store(y + c);
        }

        for (; c < channels; c++)
            y[c] = isMax ? MathF.Max(y[c], pixel[c]) : y[c] + pixel[c];
    }

    private static void Scale(float factor, int channels, float* y)
    {
        for (var c = 0; c < channels; c++)
            y[c] *= factor;
    }
}
