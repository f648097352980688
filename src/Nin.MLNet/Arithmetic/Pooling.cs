using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nin.MLNet.Arithmetic;

/// <summary>Maximum or mean over windows; pixels outside an image count in neither.</summary>
internal static unsafe class Pooling
{
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="window">Sizes of the windows.</param>
    /// <param name="ofMaximum">Whether to take the maximum; else the mean.</param>
    /// <param name="y">Receives [N, H', W', C].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pool(float* x, ImageSizes shape, int kernel, bool ofMaximum, long image, int row, int column, float* y)
    {
        // The part of the window inside the image.
        var (top, bottom) = (Math.Max(row, 0), Math.Min(row + kernel, shape.Height));
        var (left, right) = (Math.Max(column, 0), Math.Min(column + kernel, shape.Width));
        var share = ofMaximum ? 1 : 1f / ((bottom - top) * (right - left));
        var (channels, line) = (shape.Channels, (nint)shape.Width * shape.Channels);
        var first = x + shape.Offset(image, top, left);
        var c = 0;
        for (; c <= channels - TileTransforms.Lanes; c += TileTransforms.Lanes, first += TileTransforms.Lanes)
        {
            var known = Vector256.Load(first);
            for (var i = 0; i < bottom - top; i++)
            {
                for (var j = i == 0 ? 1 : 0; j < right - left; j++)
                {
                    var other = Vector256.Load(first + (i * line) + ((nint)j * channels));
                    known = ofMaximum ? Vector256.Max(known, other) : known + other;
                }
            }

            (known * share).Store(y + c);
        }

        for (; c < channels; c++, first++)
        {
            var known = *first;
            for (var i = 0; i < bottom - top; i++)
            {
                for (var j = i == 0 ? 1 : 0; j < right - left; j++)
                {
                    var other = first[(i * line) + ((nint)j * channels)];
                    known = ofMaximum ? MathF.Max(known, other) : known + other;
                }
            }

            y[c] = known * share;
        }
    }
}
