using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nin.MLNet.Arithmetic;

/// <summary>
/// <see cref="ProductKernel"/> with AVX-512, one register per row. Every sum is added in the same order, so its bits are the same.
/// </summary>
internal static unsafe class WideProductKernel
{
    public const int ManyRows = 12, FewRows = 4;

    public static bool IsSupported => Avx512F.IsSupported;

    /// <summary><see cref="ProductKernel.MultiplyRows"/> for 12 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void MultiplyMany(int depth, float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, bool adds)
    {
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        Vector512<float> c6 = default, c7 = default, c8 = default, c9 = default, c10 = default, c11 = default;
        var (aRow2, cRow2) = (2 * aRow, 2 * cRow);
        float* a3 = a + (3 * aRow), a6 = a + (6 * aRow), a9 = a + (9 * aRow);
        float* r3 = c + (3 * cRow), r6 = c + (6 * cRow), r9 = c + (9 * cRow);
        if (adds)
        {
            (c0, c1, c2) = (Vector512.Load(c), Vector512.Load(c + cRow), Vector512.Load(c + cRow2));
            (c3, c4, c5) = (Vector512.Load(r3), Vector512.Load(r3 + cRow), Vector512.Load(r3 + cRow2));
            (c6, c7, c8) = (Vector512.Load(r6), Vector512.Load(r6 + cRow), Vector512.Load(r6 + cRow2));
            (c9, c10, c11) = (Vector512.Load(r9), Vector512.Load(r9 + cRow), Vector512.Load(r9 + cRow2));
        }

        for (; depth > 0; depth--)
        {
            var right = Vector512.Load(b);
            Sse.Prefetch0(b + 320);
            c0 = Avx512F.FusedMultiplyAdd(Vector512.Create(*a), right, c0);
            c1 = Avx512F.FusedMultiplyAdd(Vector512.Create(a[aRow]), right, c1);
            c2 = Avx512F.FusedMultiplyAdd(Vector512.Create(a[aRow2]), right, c2);
            c3 = Avx512F.FusedMultiplyAdd(Vector512.Create(*a3), right, c3);
            c4 = Avx512F.FusedMultiplyAdd(Vector512.Create(a3[aRow]), right, c4);
            c5 = Avx512F.FusedMultiplyAdd(Vector512.Create(a3[aRow2]), right, c5);
            c6 = Avx512F.FusedMultiplyAdd(Vector512.Create(*a6), right, c6);
            c7 = Avx512F.FusedMultiplyAdd(Vector512.Create(a6[aRow]), right, c7);
            c8 = Avx512F.FusedMultiplyAdd(Vector512.Create(a6[aRow2]), right, c8);
            c9 = Avx512F.FusedMultiplyAdd(Vector512.Create(*a9), right, c9);
            c10 = Avx512F.FusedMultiplyAdd(Vector512.Create(a9[aRow]), right, c10);
            c11 = Avx512F.FusedMultiplyAdd(Vector512.Create(a9[aRow2]), right, c11);
            a += aStep;
            a3 += aStep;
            a6 += aStep;
            a9 += aStep;
            b += bStep;
        }

        c0.Store(c);
        c1.Store(c + cRow);
        c2.Store(c + cRow2);
        c3.Store(r3);
        c4.Store(r3 + cRow);
        c5.Store(r3 + cRow2);
        c6.Store(r6);
        c7.Store(r6 + cRow);
        c8.Store(r6 + cRow2);
        c9.Store(r9);
        c10.Store(r9 + cRow);
        c11.Store(r9 + cRow2);
    }

    /// <summary><see cref="ProductKernel.MultiplyRows"/> for 4 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void MultiplyFew(int depth, float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, bool adds)
    {
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        var (aRow2, aRow3) = (2 * aRow, 3 * aRow);
        float* r2 = c + (2 * cRow), r3 = r2 + cRow;
        if (adds)
            (c0, c1, c2, c3) = (Vector512.Load(c), Vector512.Load(c + cRow), Vector512.Load(r2), Vector512.Load(r3));
        for (; depth > 0; depth--)
        {
            var right = Vector512.Load(b);
            Sse.Prefetch0(b + 320);
            c0 = Avx512F.FusedMultiplyAdd(Vector512.Create(*a), right, c0);
            c1 = Avx512F.FusedMultiplyAdd(Vector512.Create(a[aRow]), right, c1);
            c2 = Avx512F.FusedMultiplyAdd(Vector512.Create(a[aRow2]), right, c2);
            c3 = Avx512F.FusedMultiplyAdd(Vector512.Create(a[aRow3]), right, c3);
            a += aStep;
            b += bStep;
        }

        c0.Store(c);
        c1.Store(c + cRow);
        c2.Store(r2);
        c3.Store(r3);
    }

    /// <summary>
    /// c = a * b for 4 rows and a whole matrix b, two panels at a time: one panel has too few sums to keep the multipliers busy.
    /// </summary>
    public static void MultiplyFewPanels(int depth, float* a, float* panels, int columns, float* c)
    {
        const int columnsOfTwo = 2 * ProductKernel.Columns;
        var column = 0;
        for (; column <= columns - columnsOfTwo; column += columnsOfTwo, panels += (nint)depth * columnsOfTwo)
            MultiplyFewOfTwo(depth, a, panels, panels + ((nint)depth * ProductKernel.Columns), c + column, columns);
        if (column < columns)
            MultiplyFew(depth, a, depth, 1, panels, ProductKernel.Columns, c + column, columns, adds: false);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void MultiplyFewOfTwo(int depth, float* a, float* left, float* right, float* c, nint cRow)
    {
        Vector512<float> c00 = default, c01 = default, c10 = default, c11 = default;
        Vector512<float> c20 = default, c21 = default, c30 = default, c31 = default;
        float* a1 = a + depth, a2 = a1 + depth, a3 = a2 + depth;
        for (var k = 0; k < depth; k++)
        {
            var (b0, b1) = (Vector512.Load(left), Vector512.Load(right));
            Sse.Prefetch0(left + 320);
            Sse.Prefetch0(right + 320);
            var x = Vector512.Create(a[k]);
            (c00, c01) = (Avx512F.FusedMultiplyAdd(x, b0, c00), Avx512F.FusedMultiplyAdd(x, b1, c01));
            x = Vector512.Create(a1[k]);
            (c10, c11) = (Avx512F.FusedMultiplyAdd(x, b0, c10), Avx512F.FusedMultiplyAdd(x, b1, c11));
            x = Vector512.Create(a2[k]);
            (c20, c21) = (Avx512F.FusedMultiplyAdd(x, b0, c20), Avx512F.FusedMultiplyAdd(x, b1, c21));
            x = Vector512.Create(a3[k]);
            (c30, c31) = (Avx512F.FusedMultiplyAdd(x, b0, c30), Avx512F.FusedMultiplyAdd(x, b1, c31));
            left += ProductKernel.Columns;
            right += ProductKernel.Columns;
        }

        Store(c, c00, c01);
        Store(c + cRow, c10, c11);
        Store(c + (2 * cRow), c20, c21);
        Store(c + (3 * cRow), c30, c31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* row, Vector512<float> left, Vector512<float> right)
    {
        left.Store(row);
        right.Store(row + ProductKernel.Columns);
    }
}
