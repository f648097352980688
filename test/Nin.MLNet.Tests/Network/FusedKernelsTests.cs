using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

/// <summary>The fused kernels against the plain ones. On a machine without them there is nothing to hold.</summary>
[TestClass]
public sealed class FusedKernelsTests
{
    [TestMethod]
    [DataRow(1, 1, 0, ScalarType.BFloat16)]
    [DataRow(1, 1, 0, ScalarType.Float32)]
    [DataRow(3, 1, 1, ScalarType.BFloat16)]
    [DataRow(5, 2, 2, ScalarType.BFloat16)]
    [DataRow(5, 2, 2, ScalarType.Float32)]
    public void Convolution_WithAndWithoutReLU_IsThePlainOne(int kernel, int stride, int padding, ScalarType type)
    {
        MLNet.Native.NativeTorch.EnsureLoaded();
        if (FusedKernels.For(CPU) is not { } fused)
        {
            Assert.AreNotEqual(System.Runtime.InteropServices.Architecture.X64, System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture);
            return;
        }

        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        random.manual_seed(1);
        var layer = new Layer("0", 0, LayerKind.Convolution, 24, 40) { Kernel = kernel, Stride = stride, Padding = padding };
        var x = randn(6, 11, 9, 24).to(type).permute(0, 3, 1, 2);
        var (weight, bias) = ((randn(40, 24, kernel, kernel) / (5 * kernel)).to(type), randn(40).to(type));
        var packed = fused.Pack(weight, layer);
        foreach (var rectify in new[] { false, true })
        {
            var (expected, found) = (Kernels.Convolution(x, weight, bias, layer, rectify).to(float32), fused.Convolution(x, packed, bias, layer, rectify).to(float32));
            CollectionAssert.AreEqual(expected.shape, found.shape);
            // In bfloat16, two units in the last place of values up to 8.
            Assert.IsLessThan(type == ScalarType.Float32 ? 1e-4f : 0.13f, (expected - found).abs().max().item<float>());
            Assert.AreEqual(rectify, found.min().item<float>() >= 0);
        }
    }

    [TestMethod]
    public void For_Gpu_IsNone() => Assert.IsNull(FusedKernels.For(new Device(TorchSharp.DeviceType.CUDA, 0)));
}
