namespace Nin.MLNet.Tests.Data;

/// <summary>Draws the same number in [0, 1] each time.</summary>
internal sealed class FixedRandom(double value) : Random
{
    public override double NextDouble() => value;
}
