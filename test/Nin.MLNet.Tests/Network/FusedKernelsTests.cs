using System.Runtime.InteropServices;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

[TestClass]
public sealed class FusedKernelsTests
{
    private static readonly Layer Layer = new("0.0", 0, LayerKind.Convolution, 32, 64) { Kernel = 3, Padding = 1 };

    [TestMethod]
    public void For_ThisProcess_FollowsTheSwitch()
    {
        if (Environment.GetEnvironmentVariable("NIN_FAST_KERNELS") == "off")
            Assert.IsNull(FusedKernels.For(Layer, CPU));
        else
            Assert.AreEqual(RuntimeInformation.ProcessArchitecture == Architecture.X64, FusedKernels.For(Layer, CPU) is not null);
    }

    [TestMethod]
    public void For_Gpu_IsNone() => Assert.IsNull(FusedKernels.For(Layer, new Device(TorchSharp.DeviceType.CUDA, 0)));

    [TestMethod]
    public void Pack_TwoWeightsOfASize_GivesTheSameLayoutAndAnotherForAnotherSize()
    {
        if (FusedKernels.For(Layer, CPU) is not { } fused)
            return;
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        var x = ConvolutionSweep.Images(2, 32, 9, float32);
        var (_, first, _) = ConvolutionSweep.Draw(Layer, 1, float32);
        var (_, second, _) = ConvolutionSweep.Draw(Layer, 1, float32);
        var (_, wider, _) = ConvolutionSweep.Draw(Layer with { Out = 96 }, 1, float32);
        Assert.AreEqual(fused.Pack(first, x, Layer).Layout, fused.Pack(second, x, Layer).Layout);
        Assert.AreNotEqual(fused.Pack(first, x, Layer).Layout, fused.Pack(wider, x, Layer).Layout);
    }
}
