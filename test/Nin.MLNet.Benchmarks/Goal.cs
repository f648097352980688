using System.Globalization;

namespace Nin.MLNet.Benchmarks;

/// <summary>A bound that a figure must meet.</summary>
internal sealed record Goal(bool IsFloor, double Bound)
{
    public static Goal AtLeast(double bound) => new(IsFloor: true, bound);

    public static Goal AtMost(double bound) => new(IsFloor: false, bound);

    public bool IsMet(double value) => IsFloor ? value >= Bound : value <= Bound;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(IsFloor ? ">=" : "<=")} {Bound:0.0##}");
}
