using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static Nin.MLNet.Arithmetic.TileTransforms;

namespace Nin.MLNet.Arithmetic;

/// <summary>The transform of a convolution's weights to their values at the 36 points of <see cref="TileTransforms"/>, and back.</summary>
internal static unsafe class WindowTransforms
{
    private static readonly float[] Places = [0, 1, -1, 2, -2];
    private static readonly float[] Scales = [1 / 4f, -1 / 6f, -1 / 6f, 1 / 24f, 1 / 24f];

    /// <summary>Transforms weights to panels: [36, columns / 16, rows, 16], the last one padded with zeros.</summary>
    /// <param name="weights">[rows, k, k, columns].</param>
    /// <param name="kernel">k, 3 or 5.</param>
    /// <param name="rows">Channels that are summed over.</param>
    /// <param name="columns">Output channels; a multiple of 8.</param>
    /// <param name="turned">Whether the windows are rotated by half a turn, as the images' gradient needs them.</param>
    /// <param name="panels">Receives them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToPanels(float* weights, int kernel, int rows, int columns, bool turned, float* panels)
    {
        var matrix = Matrix(kernel);
        var perPoint = (nint)ProductKernel.RoundUp(columns) * rows;
        var half = stackalloc Vector256<float>[Side * 5];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column += Lanes)
            {
                var window = weights + ((nint)row * kernel * kernel * columns) + column;
                for (var p = 0; p < Side; p++)
                {
                    for (var j = 0; j < kernel; j++)
                    {
                        var sum = Vector256<float>.Zero;
                        for (var i = 0; i < kernel; i++)
                        {
                            var place = turned ? (kernel * kernel) - 1 - (i * kernel) - j : (i * kernel) + j;
                            sum = Fma.MultiplyAdd(
                                Vector256.Create(matrix[(p * kernel) + i]), Vector256.Load(window + ((nint)place * columns)), sum);
                        }

                        half[(p * kernel) + j] = sum;
                    }
                }

                var to = panels + ((((nint)(column / ProductKernel.Columns) * rows) + row) * ProductKernel.Columns) +
                    (column % ProductKernel.Columns);
                for (var p = 0; p < Side; p++)
                {
                    for (var q = 0; q < Side; q++, to += perPoint)
                    {
                        var sum = Vector256<float>.Zero;
                        for (var j = 0; j < kernel; j++)
                            sum = Fma.MultiplyAdd(half[(p * kernel) + j], Vector256.Create(matrix[(q * kernel) + j]), sum);
                        sum.Store(to);
                        // The last panel may be half full.
                        if (column + Lanes >= columns && column % ProductKernel.Columns == 0)
                            Vector256<float>.Zero.Store(to + Lanes);
                    }
                }
            }
        }
    }

    /// <summary>The transpose of the transform: the gradient at the 36 points to the gradient of the weights.</summary>
    /// <param name="values">36 matrices [rows, columns], each row <paramref name="stride"/> floats long.</param>
    /// <param name="plane">Floats from one point to the next.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="kernel">k, 3 or 5.</param>
    /// <param name="rows">Channels that are summed over.</param>
    /// <param name="columns">Output channels; a multiple of 8.</param>
    /// <param name="gradient">Receives [rows, k, k, columns].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToGradient(float* values, nint plane, nint stride, int kernel, int rows, int columns, float* gradient)
    {
        var matrix = Matrix(kernel);
        var half = stackalloc Vector256<float>[Side * 5];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column += Lanes)
            {
                var from = values + (row * stride) + column;
                for (var i = 0; i < kernel; i++)
                {
                    for (var q = 0; q < Side; q++)
                    {
                        var sum = Vector256<float>.Zero;
                        for (var p = 0; p < Side; p++)
                        {
                            sum = Fma.MultiplyAdd(
                                Vector256.Create(matrix[(p * kernel) + i]), Vector256.Load(from + (((p * Side) + q) * plane)), sum);
                        }

                        half[(i * Side) + q] = sum;
                    }
                }

                var to = gradient + ((nint)row * kernel * kernel * columns) + column;
                for (var i = 0; i < kernel; i++)
                {
                    for (var j = 0; j < kernel; j++, to += columns)
                    {
                        var sum = Vector256<float>.Zero;
                        for (var q = 0; q < Side; q++)
                            sum = Fma.MultiplyAdd(half[(i * Side) + q], Vector256.Create(matrix[(q * kernel) + j]), sum);
                        sum.Store(to);
                    }
                }
            }
        }
    }

    /// <summary>
    /// The 6 x k matrix that gives a window's values at the points, scaled so that the matrix for the outputs needs no division.
    /// </summary>
    private static float[] Matrix(int kernel)
    {
        var matrix = new float[Side * kernel];
        for (var p = 0; p < Side; p++)
        {
            for (var i = 0; i < kernel; i++)
            {
                matrix[(p * kernel) + i] = p < Places.Length
                    ? Scales[p] * MathF.Pow(Places[p], i)
                    : i == kernel - 1 ? 1 : 0;
            }
        }

        return matrix;
    }
}
