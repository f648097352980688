using System.Numerics;

namespace Nin.MLNet.Data;

/// <summary>
/// Turns an image about its centre by a random angle and changes its size by a random factor, with bilinear interpolation
/// (Simard, Steinkraus, Platt 2003, "Best Practices for Convolutional Neural Networks").
/// </summary>
/// <param name="shape">Shape of the images.</param>
/// <param name="degrees">Largest angle in either direction.</param>
/// <param name="scaling">Largest change of size: 0.1 gives 1/1.1 to 1.1 times the size, smaller and larger equally often.</param>
/// <param name="borders">What lies outside the image.</param>
internal sealed class Warp(NinImageShape shape, double degrees, double scaling, Borders borders)
{
    /// <param name="source">[C, H, W].</param>
    /// <param name="target">Takes [C, H, W]; may not overlap the source.</param>
    /// <param name="random">Determines angle and size.</param>
    public void Apply<T>(ReadOnlySpan<T> source, Span<T> target, Random random)
        where T : unmanaged, INumber<T>
    {
        var angle = Between(-degrees, degrees, random) * Math.PI / 180;
        var size = Math.Exp(Between(-1, 1, random) * Math.Log(1 + scaling));
        var (cos, sin) = ((float)(Math.Cos(angle) / size), (float)(Math.Sin(angle) / size));
        var (middleY, middleX) = ((shape.Height - 1) / 2f, (shape.Width - 1) / 2f);
        for (var y = 0; y < shape.Height; y++)
        {
            for (var x = 0; x < shape.Width; x++)
            {
                var (dy, dx) = (y - middleY, x - middleX);
                Sample(source, target, (y * shape.Width) + x, middleY + (cos * dy) + (sin * dx), middleX + (cos * dx) - (sin * dy));
            }
        }
    }

    /// <summary>Writes a pixel of every channel.</summary>
    private void Sample<T>(ReadOnlySpan<T> source, Span<T> target, int at, float y, float x)
        where T : unmanaged, INumber<T>
    {
        var (top, left) = (MathF.Floor(y), MathF.Floor(x));
        var (down, right) = (y - top, x - left);
        var (y0, y1) = (borders.Find((int)top, shape.Height), borders.Find((int)top + 1, shape.Height));
        var (x0, x1) = (borders.Find((int)left, shape.Width), borders.Find((int)left + 1, shape.Width));
        var plane = shape.Height * shape.Width;
        for (var start = 0; start < source.Length; start += plane)
        {
            var image = source.Slice(start, plane);
            var above = ((1 - right) * Value(image, y0, x0)) + (right * Value(image, y0, x1));
            var below = ((1 - right) * Value(image, y1, x0)) + (right * Value(image, y1, x1));
            target[start + at] = Nearest<T>(((1 - down) * above) + (down * below));
        }
    }

    private float Value<T>(ReadOnlySpan<T> image, int y, int x)
        where T : unmanaged, INumber<T> =>
        y < 0 || x < 0 ? 0 : float.CreateTruncating(image[(y * shape.Width) + x]);

    private static T Nearest<T>(float value)
        where T : unmanaged, INumber<T> =>
        typeof(T) == typeof(byte) ? T.CreateSaturating(value + 0.5f) : T.CreateTruncating(value);

    private static double Between(double least, double most, Random random) => least + ((most - least) * random.NextDouble());
}
