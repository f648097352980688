using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nin.MLNet.Arithmetic;

/// <summary>bfloat16: the upper half of a 32-bit float, rounded to nearest, with ties away from 0.</summary>
internal readonly unsafe struct BFloat16Format : INumberFormat<ushort>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(ushort* from) =>
        Vector256.ShiftLeft(Avx2.ConvertToVector256Int32(Vector128.Load(from)), 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> values, ushort* to)
    {
        // The processor's own NaN has no low bits set, so it is still a NaN after this addition.
        var upper = Vector256.ShiftRightLogical(values.AsUInt32() + Vector256.Create(0x8000u), 16).AsInt32();
        Sse41.PackUnsignedSaturate(upper.GetLower(), upper.GetUpper()).Store(to);
    }
}
