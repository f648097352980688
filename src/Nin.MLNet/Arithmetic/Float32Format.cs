using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nin.MLNet.Arithmetic;

/// <summary>32-bit floats.</summary>
internal readonly unsafe struct Float32Format : INumberFormat<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* from) => Vector256.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> values, float* to) => values.Store(to);
}
