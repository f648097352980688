using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

/// <summary>Convolutions with odd and even numbers of channels, and their float64 results.</summary>
internal static class ConvolutionSweep
{
    public const int Side = 9;

    public static IEnumerable<Layer> Layers =>
        from input in new[] { 1, 3, 24 }
        from output in new[] { 1, 3, 10, 40, 80 }
        from window in new (int Kernel, int Stride, int Padding)[] { (1, 1, 0), (3, 1, 1), (5, 1, 2), (3, 2, 1) }
        select new Layer("0.0", 0, LayerKind.Convolution, input, output)
        { Kernel = window.Kernel, Stride = window.Stride, Padding = window.Padding };

    /// <summary>Images, weight and bias that <paramref name="type"/> holds exactly; the last two in float32, as in the network.</summary>
    public static (Tensor Images, Tensor Weight, Tensor Bias) Draw(Layer layer, long images, ScalarType type, int side = Side)
    {
        var spread = MathF.Sqrt(layer.In * layer.Kernel * layer.Kernel);
        var weight = (randn(layer.Out, layer.Kernel, layer.Kernel, layer.In) / spread).to(type).to(float32);
        return (Images(images, layer.In, side, type), weight.permute(0, 3, 1, 2), randn(layer.Out).to(type).to(float32));
    }

    public static Tensor Images(long images, long channels, long side, ScalarType type) =>
        MemoryLayout.ChannelsLast(randn(images, side, side, channels).permute(0, 3, 1, 2).to(type));

    /// <summary>The output in float64, computed by copying out all windows, without any oneDNN kernel.</summary>
    public static Tensor Exact(Layer layer, Tensor images, Tensor weight, Tensor bias)
    {
        int kernel = layer.Kernel, stride = layer.Stride, padding = layer.Padding;
        var (height, width) = (layer.OutputSide((int)images.shape[2]), layer.OutputSide((int)images.shape[3]));
        var windows = nn.functional.unfold(images, (kernel, kernel), null, (padding, padding), (stride, stride));
        return weight.reshape(layer.Out, -1).matmul(windows).view(images.shape[0], layer.Out, height, width) + bias.view(1, -1, 1, 1);
    }

    /// <summary>Fails unless the two agree up to the rounding of <paramref name="type"/>.</summary>
    public static void AssertAgree(Tensor expected, Tensor found, ScalarType type, string what, double? tolerance = null)
    {
        CollectionAssert.AreEqual(expected.shape, found.shape, what);
        var exact = expected.detach();
        var error = (exact - found.detach().to(float64)).abs().max().item<double>() / Math.Max(exact.abs().max().item<double>(), 1e-9);
        // One bfloat16 rounding is half a percent. Sums in bfloat16, where the processor has nothing better, are off by two.
        Assert.IsLessThan(tolerance ?? (type == float32 ? 1e-4 : 0.03), error, what);
    }
}
