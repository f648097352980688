using System.Runtime.Intrinsics;

namespace Nin.MLNet.Arithmetic;

/// <summary>How numbers of a format lie in memory; all are computed with in float32, eight at a time.</summary>
/// <typeparam name="TNumber">Holds the bits of one.</typeparam>
internal unsafe interface INumberFormat<TNumber>
    where TNumber : unmanaged
{
    static abstract Vector256<float> Load(TNumber* from);

    static abstract void Store(Vector256<float> values, TNumber* to);
}
