using System.Runtime.Intrinsics;

namespace Nin.MLNet.Arithmetic;

/// <summary>Maximum or mean over windows; what lies outside an image counts in neither.</summary>
internal static unsafe class Pooling
{
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="window">Sizes of the windows.</param>
    /// <param name="ofMaximum">Whether the maximum is taken, else the mean.</param>
    /// <param name="y">Takes [N, H', W', C].</param>
    public static void Run(float* x, ImageSizes shape, WindowSizes window, bool ofMaximum, float* y)
    {
        var target = shape.After(window);
        for (long image = 0; image < target.Images; image++)
        {
            for (var row = 0; row < target.Height; row++)
            {
                for (var column = 0; column < target.Width; column++, y += shape.Channels)
                {
                    var (top, left) = ((row * window.Stride) - window.Padding, (column * window.Stride) - window.Padding);
                    Pool(x, shape, window.Kernel, ofMaximum, image, top, left, y);
                }
            }
        }
    }

    private static void Pool(float* x, ImageSizes shape, int kernel, bool ofMaximum, long image, int row, int column, float* y)
    {
        var (top, bottom) = (Math.Max(row, 0), Math.Min(row + kernel, shape.Height));
        var (left, right) = (Math.Max(column, 0), Math.Min(column + kernel, shape.Width));
        new ReadOnlySpan<float>(x + shape.Offset(image, top, left), shape.Channels).CopyTo(new Span<float>(y, shape.Channels));
        for (var i = top; i < bottom; i++)
        {
            for (var j = left + (i == top ? 1 : 0); j < right; j++)
                Take(x + shape.Offset(image, i, j), shape.Channels, ofMaximum, y);
        }

        if (!ofMaximum)
            Scale(1f / ((bottom - top) * (right - left)), shape.Channels, y);
    }

    private static void Take(float* pixel, int channels, bool ofMaximum, float* y)
    {
        var c = 0;
        for (; c <= channels - TileTransforms.Lanes; c += TileTransforms.Lanes)
        {
            var (known, other) = (Vector256.Load(y + c), Vector256.Load(pixel + c));
            (ofMaximum ? Vector256.Max(known, other) : known + other).Store(y + c);
        }

        for (; c < channels; c++)
            y[c] = ofMaximum ? MathF.Max(y[c], pixel[c]) : y[c] + pixel[c];
    }

    private static void Scale(float factor, int channels, float* y)
    {
        for (var c = 0; c < channels; c++)
            y[c] *= factor;
    }
}
