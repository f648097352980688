using System.Runtime.InteropServices;
using SkiaSharp;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>The EXIF orientation of a photo, 1 to 8: how the camera was held.</summary>
internal static class Orientation
{
    /// <summary>Whether turning the image upright swaps height and width.</summary>
    public static bool SwapsSides(SKEncodedOrigin origin) => origin >= SKEncodedOrigin.LeftTop;

    /// <summary>Turns an image of four-byte pixels upright; returns the same array if it already is.</summary>
    /// <param name="pixels">As stored, row after row.</param>
    /// <param name="height">Height as stored, in pixels.</param>
    /// <param name="width">Width as stored, in pixels.</param>
    /// <param name="origin">The corner where the first stored pixel belongs.</param>
    public static ReadOnlySpan<byte> Upright(ReadOnlySpan<byte> pixels, int height, int width, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default)
            return pixels;
        var from = MemoryMarshal.Cast<byte, uint>(pixels);
        var to = new uint[from.Length];
        var (rows, columns) = SwapsSides(origin) ? (width, height) : (height, width);
        for (var y = 0; y < rows; y++)
        {
            for (var x = 0; x < columns; x++)
            {
                var (row, column) = Source(y, x, height, width, origin);
                to[(y * columns) + x] = from[(row * width) + column];
            }
        }

        return MemoryMarshal.AsBytes<uint>(to);
    }

    private static (int Row, int Column) Source(int y, int x, int height, int width, SKEncodedOrigin origin) => origin switch
    {
        SKEncodedOrigin.TopRight => (y, width - 1 - x),
        SKEncodedOrigin.BottomRight => (height - 1 - y, width - 1 - x),
        SKEncodedOrigin.BottomLeft => (height - 1 - y, x),
        SKEncodedOrigin.LeftTop => (x, y),
        SKEncodedOrigin.RightTop => (height - 1 - x, y),
        SKEncodedOrigin.RightBottom => (height - 1 - x, width - 1 - y),
        SKEncodedOrigin.LeftBottom => (x, width - 1 - y),
        _ => (y, x),
    };
}
