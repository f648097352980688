using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nin.MLNet.Arithmetic;

/// <summary>Matrix products in blocks whose sums stay in registers.</summary>
internal static unsafe class ProductKernel
{
    public const int Columns = 16;

    /// <summary>Rows at a time: 6 with AVX2; 12 with AVX-512, and 4 at a time for the rest.</summary>
    private static int Rows => WideProductKernel.IsSupported ? WideProductKernel.FewRows : 6;

    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    /// <summary>Rows that are computed when so many are requested: the next multiple of 6, or of 4 with AVX-512.</summary>
    public static int RoundUpRows(int count) => (count + Rows - 1) / Rows * Rows;

    /// <summary>The next multiple of <see cref="Columns"/>.</summary>
    public static int RoundUp(int count) => (count + Columns - 1) / Columns * Columns;

    /// <summary>c = a * b for a whole matrix b.</summary>
    /// <param name="rows">Rows of a and c; read and written up to <see cref="RoundUpRows"/>.</param>
    /// <param name="depth">Columns of a.</param>
    /// <param name="a">[rows, depth].</param>
    /// <param name="panels">b as [columns / 16, depth, 16].</param>
    /// <param name="columns">Columns of c; a multiple of 16.</param>
    /// <param name="c">[rows, columns].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyPanels(int rows, int depth, float* a, float* panels, int columns, float* c)
    {
        var all = RoundUpRows(rows);
        var few = WideProductKernel.IsSupported ? all % WideProductKernel.ManyRows : 0;
        var panel = panels;
        for (var column = 0; column < columns && few < all; column += Columns, panel += (nint)depth * Columns)
            MultiplyRows(all - few, depth, a, depth, 1, panel, Columns, c + column, columns, adds: false);
        for (var row = (nint)all - few; row < all; row += WideProductKernel.FewRows)
            WideProductKernel.MultiplyFewPanels(depth, a + (row * depth), panels, columns, c + (row * columns));
    }

    /// <summary>c[i, j] = sum over k of a[i, k] * b[k, j], for 16 columns.</summary>
    /// <param name="rows">Number of rows i; read and written up to <see cref="RoundUpRows"/>.</param>
    /// <param name="depth">Number of steps k.</param>
    /// <param name="a">
    /// Any matrix; element (i, k) is at offset i * <paramref name="aRow"/> + k * <paramref name="aStep"/>, in floats.
    /// </param>
    /// <param name="aRow">Floats from one i to the next.</param>
    /// <param name="aStep">Floats from one k to the next.</param>
    /// <param name="b">Rows of 16 adjacent floats.</param>
    /// <param name="bStep">Floats from one k to the next.</param>
    /// <param name="c">Rows of 16 adjacent floats.</param>
    /// <param name="cRow">Floats from one i to the next.</param>
    /// <param name="adds">Whether the product is added to what is in <paramref name="c"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyRows(
        int rows, int depth, float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, bool adds)
    {
        var left = RoundUpRows(rows);
        while (left > 0)
        {
            var taken = left >= WideProductKernel.ManyRows && WideProductKernel.IsSupported ? WideProductKernel.ManyRows : Rows;
            if (taken == WideProductKernel.ManyRows)
                WideProductKernel.MultiplyMany(depth, a, aRow, aStep, b, bStep, c, cRow, adds);
            else if (WideProductKernel.IsSupported)
                WideProductKernel.MultiplyFew(depth, a, aRow, aStep, b, bStep, c, cRow, adds);
            else
                Multiply(depth, a, aRow, aStep, b, bStep, c, cRow, adds);
            a += taken * aRow;
            c += taken * cRow;
            left -= taken;
        }
    }

    /// <summary>The same for 6 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Multiply(
        int depth, float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, bool adds)
    {
        Vector256<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        Vector256<float> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        var lower = a + (3 * aRow);
        var aRow2 = 2 * aRow;
        if (adds)
        {
            var r = c;
            (c00, c01) = (Vector256.Load(r), Vector256.Load(r + 8));
            r += cRow;
            (c10, c11) = (Vector256.Load(r), Vector256.Load(r + 8));
            r += cRow;
            (c20, c21) = (Vector256.Load(r), Vector256.Load(r + 8));
            r += cRow;
            (c30, c31) = (Vector256.Load(r), Vector256.Load(r + 8));
            r += cRow;
            (c40, c41) = (Vector256.Load(r), Vector256.Load(r + 8));
            r += cRow;
            (c50, c51) = (Vector256.Load(r), Vector256.Load(r + 8));
        }

        for (; depth > 0; depth--)
        {
            var left = Vector256.Load(b);
            var right = Vector256.Load(b + 8);
            Sse.Prefetch0(b + 320);
            var x = Avx.BroadcastScalarToVector256(a);
            c00 = Fma.MultiplyAdd(x, left, c00);
            c01 = Fma.MultiplyAdd(x, right, c01);
            x = Avx.BroadcastScalarToVector256(a + aRow);
            c10 = Fma.MultiplyAdd(x, left, c10);
            c11 = Fma.MultiplyAdd(x, right, c11);
            x = Avx.BroadcastScalarToVector256(a + aRow2);
            c20 = Fma.MultiplyAdd(x, left, c20);
            c21 = Fma.MultiplyAdd(x, right, c21);
            x = Avx.BroadcastScalarToVector256(lower);
            c30 = Fma.MultiplyAdd(x, left, c30);
            c31 = Fma.MultiplyAdd(x, right, c31);
            x = Avx.BroadcastScalarToVector256(lower + aRow);
            c40 = Fma.MultiplyAdd(x, left, c40);
            c41 = Fma.MultiplyAdd(x, right, c41);
            x = Avx.BroadcastScalarToVector256(lower + aRow2);
            c50 = Fma.MultiplyAdd(x, left, c50);
            c51 = Fma.MultiplyAdd(x, right, c51);
            a += aStep;
            lower += aStep;
            b += bStep;
        }

        Store(c, c00, c01);
        Store(c + cRow, c10, c11);
        Store(c + (2 * cRow), c20, c21);
        Store(c + (3 * cRow), c30, c31);
        Store(c + (4 * cRow), c40, c41);
        Store(c + (5 * cRow), c50, c51);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* row, Vector256<float> left, Vector256<float> right)
    {
        left.Store(row);
        right.Store(row + 8);
    }
}
