using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nin.MLNet.Arithmetic;

/// <summary>
/// Batch norm (Ioffe, Szegedy 2015, arXiv 1502.03167) with the ReLU after it, forward and backward, on one thread. It goes through a batch
/// four times, where separate layers do so seven times. Images are [pixels, channels] in memory, channels a multiple of 8; sums are kept in
/// float64.
/// </summary>
/// <typeparam name="TNumber">Holds the bits of a number.</typeparam>
/// <typeparam name="TFormat">Interprets the bits.</typeparam>
internal static unsafe class BatchNormalization<TNumber, TFormat>
    where TNumber : unmanaged
    where TFormat : struct, INumberFormat<TNumber>
{
    private const int Lanes = 8;

    /// <summary>Numbers to process channel by channel: few enough to stay in the first-level cache.</summary>
    private const int Block = 4096;

    /// <summary>Mean and variance of each channel.</summary>
    /// <param name="x">[pixels, channels].</param>
    /// <param name="pixels">1 or more.</param>
    /// <param name="channels">A multiple of 8.</param>
    /// <param name="mean">Receives [channels].</param>
    /// <param name="variance">Receives [channels]; the variance of all pixels, not of a sample.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Statistics(TNumber* x, long pixels, int channels, double* mean, double* variance)
    {
        new Span<double>(mean, channels).Clear();
        new Span<double>(variance, channels).Clear();
        for (long start = 0; start < pixels; start += BlockOf(channels))
        {
            var count = (int)Math.Min(BlockOf(channels), pixels - start);
            for (var c = 0; c < channels; c += Lanes)
            {
                var from = x + (start * channels) + c;
                // Differences from some value of the channel: far from 0, the squares would swamp the variance.
                var origin = TFormat.Load(x + c);
                Vector256<float> sum0 = default, sum1 = default, squares0 = default, squares1 = default;
                for (var left = count; left > 0; left -= 2, from += 2 * channels)
                {
                    var first = TFormat.Load(from) - origin;
                    sum0 += first;
                    squares0 = Fma.MultiplyAdd(first, first, squares0);
                    if (left == 1)
                        break;
                    var second = TFormat.Load(from + channels) - origin;
                    sum1 += second;
                    squares1 = Fma.MultiplyAdd(second, second, squares1);
                }

                Add(sum0 + sum1, mean + c);
                Add(squares0 + squares1, variance + c);
            }
        }

        var origins = stackalloc float[Lanes];
        for (var c = 0; c < channels; c++)
        {
            if (c % Lanes == 0)
                TFormat.Load(x + c).Store(origins);
            var difference = mean[c] / pixels;
            mean[c] = origins[c % Lanes] + difference;
            variance[c] = Math.Max(0, (variance[c] / pixels) - (difference * difference));
        }
    }

    /// <summary>y = scale * x + shift.</summary>
    /// <param name="x">[pixels, channels].</param>
    /// <param name="pixels">1 or more.</param>
    /// <param name="channels">A multiple of 8.</param>
    /// <param name="scale">[channels].</param>
    /// <param name="shift">[channels].</param>
    /// <param name="rectify">Whether a ReLU follows.</param>
    /// <param name="y">Receives [pixels, channels].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Normalize(TNumber* x, long pixels, int channels, float* scale, float* shift, bool rectify, TNumber* y)
    {
        var floor = Floor(rectify);
        for (long start = 0; start < pixels; start += BlockOf(channels))
        {
            var count = (int)Math.Min(BlockOf(channels), pixels - start);
            for (var c = 0; c < channels; c += Lanes)
            {
                var offset = (start * channels) + c;
                TNumber* from = x + offset, to = y + offset;
                var (factor, term) = (Vector256.Load(scale + c), Vector256.Load(shift + c));
                for (var left = count; left > 0; left--, from += channels, to += channels)
                {
                    // If an operand is NaN, the result is the second operand: NaN stays NaN.
                    TFormat.Store(Avx.Max(floor, Fma.MultiplyAdd(TFormat.Load(from), factor, term)), to);
                }
            }
        }
    }

    /// <summary>What the backward pass needs of each channel: the sums of the gradient, and of the gradient times x - mean.</summary>
    /// <param name="x">[pixels, channels].</param>
    /// <param name="gradient">The output's gradient, [pixels, channels].</param>
    /// <param name="pixels">1 or more.</param>
    /// <param name="channels">A multiple of 8.</param>
    /// <param name="scale">[channels], as given to <see cref="Normalize"/>.</param>
    /// <param name="shift">[channels], as given to <see cref="Normalize"/>.</param>
    /// <param name="mean">[channels].</param>
    /// <param name="rectify">Whether a ReLU follows; if so, the gradient counts only where the output is above 0.</param>
    /// <param name="sums">Receives [channels].</param>
    /// <param name="products">Receives [channels].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GradientSums(
        TNumber* x, TNumber* gradient, long pixels, int channels, float* scale, float* shift, float* mean, bool rectify, double* sums,
        double* products)
    {
        new Span<double>(sums, channels).Clear();
        new Span<double>(products, channels).Clear();
        var floor = Floor(rectify);
        for (long start = 0; start < pixels; start += BlockOf(channels))
        {
            var count = (int)Math.Min(BlockOf(channels), pixels - start);
            for (var c = 0; c < channels; c += Lanes)
            {
                var offset = (start * channels) + c;
                TNumber* from = x + offset, upper = gradient + offset;
                var (factor, term, middle) = (Vector256.Load(scale + c), Vector256.Load(shift + c), Vector256.Load(mean + c));
                Vector256<float> sum0 = default, sum1 = default, product0 = default, product1 = default;
                for (var left = count; left > 0; left -= 2, from += 2 * channels, upper += 2 * channels)
                {
                    var value = TFormat.Load(from);
                    var arrived = Passed(TFormat.Load(upper), value, factor, term, floor);
                    sum0 += arrived;
                    product0 = Fma.MultiplyAdd(arrived, value - middle, product0);
                    if (left == 1)
                        break;
                    value = TFormat.Load(from + channels);
                    arrived = Passed(TFormat.Load(upper + channels), value, factor, term, floor);
                    sum1 += arrived;
                    product1 = Fma.MultiplyAdd(arrived, value - middle, product1);
                }

                Add(sum0 + sum1, sums + c);
                Add(product0 + product1, products + c);
            }
        }
    }

    /// <summary>The gradient of x: scale * gradient + slope * x + offset, written over the output's gradient.</summary>
    /// <param name="x">[pixels, channels].</param>
    /// <param name="gradient">The output's gradient, [pixels, channels]; receives that of x.</param>
    /// <param name="pixels">1 or more.</param>
    /// <param name="channels">A multiple of 8.</param>
    /// <param name="scale">[channels], as given to <see cref="Normalize"/>.</param>
    /// <param name="shift">[channels], as given to <see cref="Normalize"/>.</param>
    /// <param name="slope">[channels].</param>
    /// <param name="offset">[channels].</param>
    /// <param name="rectify">Whether a ReLU follows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient(
        TNumber* x, TNumber* gradient, long pixels, int channels, float* scale, float* shift, float* slope, float* offset, bool rectify)
    {
        var floor = Floor(rectify);
        for (long start = 0; start < pixels; start += BlockOf(channels))
        {
            var count = (int)Math.Min(BlockOf(channels), pixels - start);
            for (var c = 0; c < channels; c += Lanes)
            {
                var place = (start * channels) + c;
                TNumber* from = x + place, to = gradient + place;
                var (factor, term) = (Vector256.Load(scale + c), Vector256.Load(shift + c));
                var (rise, constant) = (Vector256.Load(slope + c), Vector256.Load(offset + c));
                for (var left = count; left > 0; left--, from += channels, to += channels)
                {
                    var value = TFormat.Load(from);
                    var arrived = Passed(TFormat.Load(to), value, factor, term, floor);
                    TFormat.Store(Fma.MultiplyAdd(arrived, factor, Fma.MultiplyAdd(value, rise, constant)), to);
                }
            }
        }
    }

    private static int BlockOf(int channels) => Math.Max(2, Block / channels);

    private static Vector256<float> Floor(bool rectify) => Vector256.Create(rectify ? 0 : float.NegativeInfinity);

    /// <summary>The part of its output's gradient that a ReLU passes on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Passed(
        Vector256<float> gradient, Vector256<float> value, Vector256<float> scale, Vector256<float> shift, Vector256<float> floor) =>
        // Not "above": where the output is NaN, the gradient must be NaN too.
        Avx.AndNot(Avx.CompareLessThanOrEqual(Fma.MultiplyAdd(value, scale, shift), floor), gradient);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector256<float> values, double* to)
    {
        (Vector256.Load(to) + Avx.ConvertToVector256Double(values.GetLower())).Store(to);
        (Vector256.Load(to + 4) + Avx.ConvertToVector256Double(values.GetUpper())).Store(to + 4);
    }
}
