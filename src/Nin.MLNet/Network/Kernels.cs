using Nin.MLNet.Arithmetic;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>The arithmetic of the layers other than convolutions, on channels-last [N, C, H, W] tensors.</summary>
internal static class Kernels
{
    public const double BatchNormEpsilon = 1e-5;

    /// <summary>False if the environment variable NIN_FAST_KERNELS is off: then only libtorch's plain kernels are used.</summary>
    public static readonly bool FastOnesAreOn = Environment.GetEnvironmentVariable("NIN_FAST_KERNELS") != "off";

    /// <summary>Whether our own arithmetic computes float32 on the CPU: wherever there is AVX2.</summary>
    public static readonly bool OwnOnesAreUsed = FastOnesAreOn && ProductKernel.IsSupported;

    public static Tensor MaxPool(Tensor x, Layer layer) =>
        nn.functional.max_pool2d(x, [layer.Kernel, layer.Kernel], [layer.Stride, layer.Stride], [layer.Padding, layer.Padding]);

    public static Tensor AveragePool(Tensor x, Layer layer) => nn.functional.avg_pool2d(
        x, [layer.Kernel, layer.Kernel], [layer.Stride, layer.Stride], [layer.Padding, layer.Padding], count_include_pad: false);

    /// <summary>[N, C, H, W] to [N, C], averaged in float32.</summary>
    public static Tensor GlobalAveragePool(Tensor x) => x.mean([2, 3], type: ScalarType.Float32);

    /// <summary>[N, C, H, W] to [N, C, height, width], bilinear; smoothed if it gets smaller along an axis.</summary>
    public static Tensor Resize(Tensor x, long height, long width) => Resize(x, height, width, height < x.shape[2] || width < x.shape[3]);

    /// <summary>The same, smoothed or not.</summary>
    public static Tensor Resize(Tensor x, long height, long width, bool isSmoothed) => nn.functional.interpolate(
        x, [height, width], mode: InterpolationMode.Bilinear, align_corners: false, antialias: isSmoothed);

    /// <summary>Sets a share of the values to zero, drawn from <paramref name="random"/> alone, and scales the rest up.</summary>
    public static Tensor Dropout(Tensor x, double rate, DropoutRandom random) =>
        x.mul(random.Mask(x.shape, 1 - rate, x.dtype).to(x.device));
}
