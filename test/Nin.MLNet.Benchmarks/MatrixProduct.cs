using Nin.MLNet.Native;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Benchmarks;

/// <summary>The upper bound: libtorch's best speed in a large matrix product, with whichever of its libraries computes it.</summary>
internal static class MatrixProduct
{
    /// <summary>GFLOP/s of the fastest form.</summary>
    public static Measured Run(NinTrainer.Precision precision, int threads)
    {
        NativeTorch.EnsureLoaded();
        set_num_threads(threads);
        var type = WorkingPrecision.Resolve(precision, CPU);
        using var mode = inference_mode();
        return new[] { Square(2048, type), Square(4096, type), AtEachPixel(4096, type) }.MaxBy(form => form.Median)!;
    }

    private static Measured Square(int side, ScalarType type)
    {
        using var a = randn(side, side).to(type);
        using var b = randn(side, side).to(type);
        return Gigaflops(side, () => a.mm(b).Dispose());
    }

    /// <summary>
    /// The same product as a 1x1 convolution, which oneDNN computes; float32 goes to MKL, which is not equally good on every processor.
    /// </summary>
    private static Measured AtEachPixel(int side, ScalarType type)
    {
        const int pixels = 16;
        using var images = randn(side / (pixels * pixels), side, pixels, pixels).to(type);
        using var weights = randn(side, side, 1, 1).to(type);
        return Gigaflops(side, () => nn.functional.conv2d(images, weights).Dispose());
    }

    private static Measured Gigaflops(int side, Action product)
    {
        var measured = Measured.Rates(1, product, seconds: 1);
        return measured with { Figures = [.. measured.Figures.Select(rate => rate * 2e-9 * Math.Pow(side, 3))] };
    }
}
