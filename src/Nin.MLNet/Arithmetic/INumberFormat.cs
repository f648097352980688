using System.Runtime.Intrinsics;

namespace Nin.MLNet.Arithmetic;

/// <summary>How numbers of a format lie in memory; all arithmetic is in float32, eight numbers at a time.</summary>
/// <typeparam name="TNumber">Holds the bits of one number.</typeparam>
internal unsafe interface INumberFormat<TNumber>
    where TNumber : unmanaged
{
    static abstract Vector256<float> Load(TNumber* from);

    static abstract void Store(Vector256<float> values, TNumber* to);
}
