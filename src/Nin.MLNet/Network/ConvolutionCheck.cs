using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Nin.MLNet.Native;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// Runs a convolution on random numbers and compares the result with float64. oneDNN has kernels that are silently wrong on some processors
/// (docs/architecture.md says which were found), so no kernel is trusted until it has been checked.
/// </summary>
internal static class ConvolutionCheck
{
    // Rounding errors stay well below these limits. A channel that is left out shows in the mean before it shows in the largest error.
    private static readonly ConvolutionPath Reference = new(ConvolutionMethod.Unfolded, ScalarType.Float64);
    private static readonly Tolerance OfBFloat16 = new(Largest: 0.03, Mean: 0.01), OfFloat32 = new(Largest: 1e-4, Mean: 1e-5);

    // Sums over all pixels of all images, in float32 whatever the format of the images. Rounding errors grow with the number of images, to
    // 0.02 % at a thousand small images. Wrong results were never off by less than 5 %.
    private static readonly Tolerance OfSums = new(Largest: 5e-3, Mean: 1e-3);

    private static readonly Lock OneAtATime = new();

    /// <summary>
    /// What a check found, from memory or by doing it now. Checks are done one at a time, so that oneDNN prepares a kernel on one thread
    /// before several use it. One that fails, for example because memory ran out, is not remembered.
    /// </summary>
    public static TFound Remembered<TCase, TFound>(ConcurrentDictionary<TCase, TFound> known, TCase what, Func<TCase, TFound> check)
        where TCase : notnull
    {
        if (known.TryGetValue(what, out var found))
            return found;
        lock (OneAtATime)
            return known.GetOrAdd(what, check);
    }

    /// <param name="what">What is about to be computed.</param>
    /// <param name="rectify">Whether <paramref name="run"/> ends in a ReLU.</param>
    /// <param name="run">
    /// Computes the output from images, weight and bias (the last two in float32), and records what backward needs.
    /// </param>
    /// <returns>What is wrong with it, in words; null if nothing is.</returns>
    public static string? Fault(ConvolutionCase what, bool rectify, Func<Tensor, Tensor, Tensor, GraphCuts, Tensor> run)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1, CPU);
        var layer = what.Layer;
        using var mode = set_grad_enabled(what.WeightGradient);
        var image = Draw(random, what.Type, 1, 1, what.Height, what.Width, layer.In);
        var spread = Math.Sqrt((double)layer.In * layer.Kernel * layer.Kernel);
        var weight = Draw(random, what.Type, spread, layer.Out, layer.Kernel, layer.Kernel, layer.In);
        // Not negative: otherwise a channel could be all zeros after a ReLU, which would hide its faults.
        var bias = Draw(random, what.Type, 1, layer.Out).abs();
        var found = new Parts(Repeat(image, what), weight, bias, what);
        var expected = new Parts(Exact(image), Exact(weight), Exact(bias), what);
        try
        {
            DirtyTheHeap(layer);
            using var cuts = new GraphCuts();
            var y = run(found.Images, found.Weight, found.Bias, cuts);
            var reference = Reference.Run(expected.Images, expected.Weight, expected.Bias, layer, rectify, cuts);
            var tolerance = what.Type == ScalarType.BFloat16 ? OfBFloat16 : OfFloat32;
            if (Compare("the output", y.detach(), reference.detach(), 1, tolerance) is { } fault)
                return fault;
            if (!what.WeightGradient)
                return null;

            var gradient = Draw(random, what.Type, 1, 1, reference.shape[2], reference.shape[3], layer.Out);
            var gradients = Repeat(gradient, what);
            DirtyTheHeap(layer);
            cuts.Backward(y, gradients);
            reference.backward([Exact(gradient)]);
            var ofSums = what.Type == ScalarType.BFloat16 ? OfBFloat16 : OfSums;
            return (what.InputGradient ? Compare("the images' gradient", found.Images.grad!, expected.Images.grad!, 1, tolerance) : null)
                ?? Compare("the weights' gradient", found.Weight.grad!, expected.Weight.grad!, what.Images, ofSums)
                ?? Compare("the bias's gradient", found.Bias.grad!, expected.Bias.grad!, what.Images, ofSums);
        }
        catch (ExternalException e) when (IsRefusal(e))
        {
            return Refusal(e);
        }
    }

    /// <summary>Whether libtorch threw because it cannot compute something here, not because memory ran out.</summary>
    public static bool IsRefusal(ExternalException e) => !e.Message.Contains("allocate memory", StringComparison.Ordinal);

    /// <summary>Why libtorch threw: the last line of its message. The lines before it say where.</summary>
    public static string Refusal(ExternalException e) => $"libtorch refuses: {e.Message.TrimEnd().Split('\n')[^1]}";

    /// <summary>
    /// Float32 values with standard deviation 1 / <paramref name="spread"/> that <paramref name="type"/> holds exactly: [A, C, H, W] for
    /// sizes A, H, W, C, or [A].
    /// </summary>
    private static Tensor Draw(Generator random, ScalarType type, double spread, params long[] sizes)
    {
        var drawn = randn(sizes, dtype: ScalarType.Float32, device: CPU, generator: random);
        var rounded = drawn.ScaleInPlace(1 / spread).to(type).to(ScalarType.Float32);
        return sizes.Length == 4 ? rounded.permute(0, 3, 1, 2) : rounded;
    }

    /// <summary>A batch that repeats one image.</summary>
    private static Tensor Repeat(Tensor image, ConvolutionCase what) =>
        MemoryLayout.ChannelsLast(image.to(what.Type).expand(what.Images, -1, -1, -1));

    private static Tensor Exact(Tensor value) => value.to(ScalarType.Float64);

    /// <summary>
    /// Memory that a kernel leaves unwritten reads as whatever was there before. In a fresh process that is mostly 0, which hides the fault
    /// until later. So this fills free memory of the size of the layer's weight, rounded up to whole blocks of channels, and somewhat more,
    /// with NaN.
    /// </summary>
    private static void DirtyTheHeap(Layer layer)
    {
        using var scope = NewDisposeScope();
        var bytes = sizeof(float) * RoundUp(layer.In) * RoundUp(layer.Out) * layer.Kernel * layer.Kernel;
        foreach (var share in new[] { 2, 3, 4, 5, 6, 8 })
        {
            for (var i = Math.Clamp((1 << 20) / bytes, 1, 32); i > 0; i--)
                empty([(bytes * share / 4) + 256], dtype: ScalarType.Byte, device: CPU).bytes.Fill(0xFF);
        }

        static long RoundUp(int channels) => (channels + 15L) / 16 * 16;
    }

    /// <param name="part">Its name.</param>
    /// <param name="found">Values of all images, which are all equal, with the images as first dimension; or of a weight.</param>
    /// <param name="expected">Values of one image.</param>
    /// <param name="times">How many times <paramref name="expected"/> is added up in <paramref name="found"/>.</param>
    /// <param name="tolerance">How far they may differ.</param>
    private static string? Compare(string part, Tensor found, Tensor expected, long times, Tolerance tolerance)
    {
        var wanted = Values(expected);
        foreach (var image in new[] { 0, found.shape[0] - expected.shape[0] }.Distinct())
        {
            var (largest, sum, scale, sumOfScale) = (0.0, 0.0, 0.0, 0.0);
            var values = Values(found.narrow(0, image, expected.shape[0]));
            for (var i = 0; i < wanted.Length; i++)
            {
                var (one, error) = (wanted[i] * times, Math.Abs(values[i] - (wanted[i] * times)));
                (largest, scale) = (Math.Max(largest, error), Math.Max(scale, Math.Abs(one)));
                (sum, sumOfScale) = (sum + (error * error), sumOfScale + (one * one));
            }

            var (relative, mean) = (largest / scale, Math.Sqrt(sum / sumOfScale));
            if (!double.IsFinite(sum))
                return $"{part} holds numbers that are not finite or huge";
            if (relative > tolerance.Largest || mean > tolerance.Mean)
                return FormattableString.Invariant($"{part} is off by {100 * relative:0.####} %");
        }

        return null;
    }

    private static double[] Values(Tensor tensor) => tensor.to(ScalarType.Float64).contiguous().data<double>().ToArray();

    private readonly record struct Tolerance(double Largest, double Mean);

    /// <summary>The inputs, as leaves of their own graph.</summary>
    private readonly struct Parts(Tensor images, Tensor weight, Tensor bias, ConvolutionCase what)
    {
        public Tensor Images { get; } = images.detach().requires_grad_(what.InputGradient);

        public Tensor Weight { get; } = weight.detach().requires_grad_(what.WeightGradient);

        public Tensor Bias { get; } = bias.detach().requires_grad_(what.WeightGradient);
    }
}
