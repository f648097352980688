using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nin.MLNet.Arithmetic;

/// <summary>
/// The transforms of Winograd's convolution on tiles of 6x6 pixels, eight channels at a time. A row of six is a polynomial given by its
/// values at 0, 1, -1, 2, -2 and infinity, where convolution becomes multiplication (Lavin, Gray 2016, arXiv 1509.09308). Windows of k
/// pixels leave 7 - k outputs per row. Every method takes the tile's pixels as pointers, so that those outside an image can point to a line
/// of zeros.
/// </summary>
internal static unsafe class TileTransforms
{
    public const int Side = 6, Points = Side * Side, Lanes = 8;

    /// <summary>Transforms a tile of images to its values at the 36 points.</summary>
    /// <param name="pixels">36 pixels, row by row.</param>
    /// <param name="channels">Channels of a pixel; a multiple of 8.</param>
    /// <param name="values">Receives the first point's channels; the next point's are <paramref name="plane"/> floats on.</param>
    /// <param name="plane">Floats from one point to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input(float** pixels, int channels, float* values, nint plane)
    {
        var columns = stackalloc float[Points * Lanes];
        for (nint c = 0; c < channels; c += Lanes)
        {
            for (var i = 0; i < Side; i++)
            {
                Evaluate(
                    Vector256.Load(pixels[i] + c), Vector256.Load(pixels[i + 6] + c), Vector256.Load(pixels[i + 12] + c),
                    Vector256.Load(pixels[i + 18] + c), Vector256.Load(pixels[i + 24] + c), Vector256.Load(pixels[i + 30] + c),
                    columns + (i * Lanes), Side * Lanes);
            }

            for (var i = 0; i < Side; i++)
            {
                var row = columns + (i * Side * Lanes);
                Evaluate(
                    Vector256.Load(row), Vector256.Load(row + 8), Vector256.Load(row + 16), Vector256.Load(row + 24),
                    Vector256.Load(row + 32), Vector256.Load(row + 40), values + (i * Side * plane) + c, plane);
            }
        }
    }

    /// <summary>Transforms values at the 36 points to a tile of outputs, and adds the bias.</summary>
    /// <param name="values">As <see cref="Input"/> leaves them.</param>
    /// <param name="plane">Floats from one point to the next.</param>
    /// <param name="channels">Channels; a multiple of 8.</param>
    /// <param name="bias">One per channel.</param>
    /// <param name="least">Smaller outputs are raised to this: 0 for a ReLU, else negative infinity.</param>
    /// <param name="pixels">Receive the outputs, <paramref name="side"/> per row.</param>
    /// <param name="side">2 or 4.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output(float* values, nint plane, int channels, float* bias, float least, float** pixels, int side)
    {
        var columns = stackalloc float[Side * 4 * Lanes];
        var floor = Vector256.Create(least);
        for (nint c = 0; c < channels; c += Lanes)
        {
            for (var i = 0; i < Side; i++)
            {
                var from = values + (i * plane) + c;
                var step = Side * plane;
                var (even, odd) = SumAndDifference(from + step, step);
                var (even2, odd2) = SumAndDifference(from + (3 * step), step);
                var to = columns + (i * Lanes);
                (Vector256.Load(from) + even + even2).Store(to);
                var last = Vector256.Load(from + (5 * step));
                if (side == 4)
                {
                    Fma.MultiplyAdd(Vector256.Create(2f), odd2, odd).Store(to + (6 * Lanes));
                    Fma.MultiplyAdd(Vector256.Create(4f), even2, even).Store(to + (12 * Lanes));
                    (Fma.MultiplyAdd(Vector256.Create(8f), odd2, odd) + last).Store(to + (18 * Lanes));
                }
                else
                {
                    (Fma.MultiplyAdd(Vector256.Create(2f), odd2, odd) + last).Store(to + (6 * Lanes));
                }
            }

            var shift = Vector256.Load(bias + c);
            for (var i = 0; i < side; i++)
            {
                var from = columns + (i * Side * Lanes);
                var to = pixels + (i * side);
                var (even, odd) = SumAndDifference(from + Lanes, Lanes);
                var (even2, odd2) = SumAndDifference(from + (3 * Lanes), Lanes);
                (even, odd) = (even + shift, odd + shift);
                var last = Vector256.Load(from + (5 * Lanes));
                // If an operand is NaN, the result is the second operand: NaN stays NaN.
                Avx.Max(floor, Vector256.Load(from) + even + even2).Store(to[0] + c);
                if (side == 4)
                {
                    Avx.Max(floor, Fma.MultiplyAdd(Vector256.Create(2f), odd2, odd)).Store(to[1] + c);
                    Avx.Max(floor, Fma.MultiplyAdd(Vector256.Create(4f), even2, even)).Store(to[2] + c);
                    Avx.Max(floor, Fma.MultiplyAdd(Vector256.Create(8f), odd2, odd) + last).Store(to[3] + c);
                }
                else
                {
                    Avx.Max(floor, Fma.MultiplyAdd(Vector256.Create(2f), odd2, odd) + last).Store(to[1] + c);
                }
            }
        }
    }

    /// <summary>The transpose of <see cref="Output"/>: the gradient of a tile of outputs to that of the values at the 36 points.</summary>
    /// <param name="pixels">side x side pixels, row by row.</param>
    /// <param name="side">2 or 4.</param>
    /// <param name="channels">Channels of a pixel; a multiple of 8.</param>
    /// <param name="values">Receives the first point's channels; the next point's are <paramref name="plane"/> floats on.</param>
    /// <param name="plane">Floats from one point to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OutputGradient(float** pixels, int side, int channels, float* values, nint plane)
    {
        var columns = stackalloc float[Side * 4 * Lanes];
        for (nint c = 0; c < channels; c += Lanes)
        {
            for (var i = 0; i < side; i++)
            {
                var (d0, d1) = (Vector256.Load(pixels[i] + c), Vector256.Load(pixels[i + side] + c));
                var (d2, d3) = side == 4
                    ? (Vector256.Load(pixels[i + 8] + c), Vector256.Load(pixels[i + 12] + c))
                    : (Vector256<float>.Zero, Vector256<float>.Zero);
                Spread(d0, d1, d2, d3, side == 4 ? d3 : d1, columns + (i * Lanes), side * Lanes);
            }

            for (var i = 0; i < Side; i++)
            {
                var row = columns + (i * side * Lanes);
                var (d0, d1) = (Vector256.Load(row), Vector256.Load(row + Lanes));
                var (d2, d3) = side == 4
                    ? (Vector256.Load(row + (2 * Lanes)), Vector256.Load(row + (3 * Lanes)))
                    : (Vector256<float>.Zero, Vector256<float>.Zero);
                Spread(d0, d1, d2, d3, side == 4 ? d3 : d1, values + (i * Side * plane) + c, plane);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Sum, Vector256<float> Difference) SumAndDifference(float* at, nint step)
    {
        var (first, second) = (Vector256.Load(at), Vector256.Load(at + step));
        return (first + second, first - second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Evaluate(
        Vector256<float> x0, Vector256<float> x1, Vector256<float> x2, Vector256<float> x3, Vector256<float> x4, Vector256<float> x5,
        float* to, nint step)
    {
        var four = Vector256.Create(4f);
        var five = Vector256.Create(5f);
        Fma.MultiplyAdd(four, x0, Fma.MultiplyAddNegated(five, x2, x4)).Store(to);
        var (even, odd) = (Fma.MultiplyAddNegated(four, x2, x4), Fma.MultiplyAddNegated(four, x1, x3));
        (even + odd).Store(to + step);
        (even - odd).Store(to + (2 * step));
        (even, odd) = (x4 - x2, x3 - x1);
        odd += odd;
        (even + odd).Store(to + (3 * step));
        (even - odd).Store(to + (4 * step));
        Fma.MultiplyAdd(four, x1, Fma.MultiplyAddNegated(five, x3, x5)).Store(to + (5 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread(
        Vector256<float> d0, Vector256<float> d1, Vector256<float> d2, Vector256<float> d3, Vector256<float> last, float* to, nint step)
    {
        d0.Store(to);
        var (even, odd) = (d0 + d2, d1 + d3);
        (even + odd).Store(to + step);
        (even - odd).Store(to + (2 * step));
        (even, odd) = (Fma.MultiplyAdd(Vector256.Create(4f), d2, d0), Fma.MultiplyAdd(Vector256.Create(4f), d3, d1));
        odd += odd;
        (even + odd).Store(to + (3 * step));
        (even - odd).Store(to + (4 * step));
        last.Store(to + (5 * step));
    }
}
