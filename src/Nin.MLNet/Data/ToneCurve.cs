using System.Numerics;

namespace Nin.MLNet.Data;

/// <summary>
/// Makes an image's middle tones darker or brighter by a random gamma correction (Poynton 2012, "Digital Video and HD"): each value's place
/// between the image's smallest and largest value, from 0 to 1, is raised to a random power. These two values stay as they are.
/// </summary>
/// <param name="change">Largest change of the power: 2 gives 1/3 to 3, below and above 1 equally often.</param>
internal sealed class ToneCurve(double change)
{
    /// <param name="image">[C, H, W]; overwritten. All channels share one curve.</param>
    /// <param name="random">Determines the power.</param>
    public void Apply<T>(Span<T> image, Random random)
        where T : unmanaged, INumber<T>
    {
        var power = (float)Math.Exp(((2 * random.NextDouble()) - 1) * Math.Log(1 + change));
        var (least, most) = (image[0], image[0]);
        foreach (var value in image)
            (least, most) = (T.Min(least, value), T.Max(most, value));
        if (least == most)
            return;
        // In double, because the range of floats may be too large for a float.
        var (from, range) = (double.CreateTruncating(least), double.CreateTruncating(most) - double.CreateTruncating(least));
        if (typeof(T) != typeof(byte))
        {
            foreach (ref var value in image)
                value = T.CreateTruncating(Corrected(double.CreateTruncating(value)));
            return;
        }

        Span<T> corrected = stackalloc T[byte.MaxValue + 1];
        for (var value = (int)from; value <= from + range; value++)
            corrected[value] = T.CreateTruncating(Corrected(value) + 0.5);
        foreach (ref var value in image)
            value = corrected[int.CreateTruncating(value)];

        double Corrected(double value) => from + (range * MathF.Pow((float)((value - from) / range), power));
    }
}
