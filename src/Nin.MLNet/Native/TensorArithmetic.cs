using TorchSharp;
using static TorchSharp.torch;

namespace Nin.MLNet.Native;

/// <summary>
/// Arithmetic with numbers that keeps the native number alive during the call. TorchSharp's implicit conversions do not: the garbage
/// collector may free the number mid-call. In-place methods return <c>x</c>.
/// </summary>
internal static class TensorArithmetic
{
    public static Tensor ScaleInPlace(this Tensor x, double factor)
    {
        using var number = factor.ToScalar();
        return x.mul_(number);
    }

    public static Tensor Scale(this Tensor x, double factor)
    {
        using var number = factor.ToScalar();
        return x.mul(number);
    }

    public static Tensor AddNumberInPlace(this Tensor x, double value)
    {
        using var number = value.ToScalar();
        using var one = 1.ToScalar();
        return x.add_(number, one);
    }

    public static Tensor FillInPlace(this Tensor x, double value)
    {
        using var number = value.ToScalar();
        return x.fill_(number);
    }

    /// <summary>x += factor * y.</summary>
    public static Tensor AddInPlace(this Tensor x, Tensor y, double factor = 1)
    {
        using var number = factor.ToScalar();
        return x.add_(y, number);
    }

    /// <summary>x += factor * y * z.</summary>
    public static Tensor AddProductInPlace(this Tensor x, Tensor y, Tensor z, double factor)
    {
        using var number = factor.ToScalar();
        return x.addcmul_(y, z, number);
    }

    /// <summary>x += factor * y / z.</summary>
    public static Tensor AddQuotientInPlace(this Tensor x, Tensor y, Tensor z, double factor)
    {
        using var number = factor.ToScalar();
        return x.addcdiv_(y, z, number);
    }

    /// <summary>Moves x that share of the way to y; where both are equal, it stays exactly what it is.</summary>
    public static Tensor MoveTo(this Tensor x, Tensor y, double share)
    {
        using var way = y.sub(x);
        return x.AddInPlace(way, share);
    }

    /// <summary>Whether every value is a finite number.</summary>
    public static bool IsFinite(this Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.isfinite().all().item<bool>();
    }
}
