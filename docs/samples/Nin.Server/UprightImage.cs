using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using SkiaSharp;

namespace Nin.Server;

/// <summary>Turns a photo upright: a camera that was held on its side stores the photo lying down, and says so in its EXIF data.</summary>
internal static class UprightImage
{
    /// <param name="pixels">Blue, green, red and alpha of each pixel as stored, row after row.</param>
    /// <param name="width">Width as stored, in pixels.</param>
    /// <param name="height">Height as stored, in pixels.</param>
    /// <param name="origin">The EXIF orientation: the corner where the first stored pixel belongs.</param>
    public static MLImage Create(byte[] pixels, int width, int height, SKEncodedOrigin origin)
    {
        if (origin == SKEncodedOrigin.TopLeft)
            return MLImage.CreateFromPixels(width, height, MLPixelFormat.Bgra32, pixels);
        var liesDown = origin >= SKEncodedOrigin.LeftTop;
        var fromBelow = origin is SKEncodedOrigin.BottomRight or SKEncodedOrigin.BottomLeft
            or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom;
        var fromRight = origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight
            or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        var (rows, columns) = liesDown ? (width, height) : (height, width);
        var stored = MemoryMarshal.Cast<byte, uint>(pixels);
        var upright = new uint[stored.Length];
        for (var y = 0; y < rows; y++)
        {
            for (var x = 0; x < columns; x++)
            {
                var (row, column) = liesDown ? (x, y) : (y, x);
                row = fromBelow ? height - 1 - row : row;
                column = fromRight ? width - 1 - column : column;
                upright[(y * columns) + x] = stored[(row * width) + column];
            }
        }

        return MLImage.CreateFromPixels(columns, rows, MLPixelFormat.Bgra32, MemoryMarshal.AsBytes<uint>(upright));
    }
}
