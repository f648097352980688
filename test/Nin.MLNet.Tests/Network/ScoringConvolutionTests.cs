using Nin.MLNet.Network;
using Nin.MLNet.Tests.Native;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

/// <summary>Compares the convolution that the network scores with against float64.</summary>
[TestClass]
public sealed class ScoringConvolutionTests
{
    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    public void Run_WithAndWithoutReLU_IsRightForEveryNumberOfImages(ScalarType type)
    {
        using var mode = inference_mode();
        random.manual_seed(1);
        foreach (var layer in ConvolutionSweep.Layers)
        {
            using var scope = NewDisposeScope();
            var (_, weight, bias) = ConvolutionSweep.Draw(layer, 1, type);
            using var plain = new ScoringConvolution(layer, rectify: false, weight, bias);
            using var rectified = new ScoringConvolution(layer, rectify: true, weight, bias);
            foreach (var images in new[] { 1, 6 })
            {
                var x = ConvolutionSweep.Images(images, layer.In, 9, type);
                var expected = ConvolutionSweep.Exact(layer, x.to(float64), weight.to(float64), bias.to(float64));
                ConvolutionSweep.AssertAgree(expected, plain.Run(x), type, $"{layer}, {images} image(s), {plain.Note}");
                ConvolutionSweep.AssertAgree(
                    expected.relu(), rectified.Run(x), type, $"{layer} with ReLU, {images} image(s), {rectified.Note}");
            }
        }
    }

    [TestMethod]
    public void Run_ManyThreadsAndSizes_AllGetTheirOwnAnswer()
    {
        using var scope = NewDisposeScope();
        var layer = new Layer("0.0", 0, LayerKind.Convolution, 24, 40) { Kernel = 3, Padding = 1 };
        var (_, weight, bias) = ConvolutionSweep.Draw(layer, 1, float32);
        using var convolution = new ScoringConvolution(layer, rectify: false, weight, bias);
        Parallel.For(0, 64, i =>
        {
            using var own = NewDisposeScope();
            using var mode = inference_mode();
            var x = ConvolutionSweep.Images(1 + (i % 7), 24, 9, float32);
            var expected = ConvolutionSweep.Exact(layer, x.to(float64), weight.to(float64), bias.to(float64));
            ConvolutionSweep.AssertAgree(expected, convolution.Run(x), float32, $"{i}");
        });
    }

    [TestMethod]
    public void Run_SizesNeverSeenBeforeOnManyThreads_NeedNobodyElsesImages()
    {
        for (var outputs = 41; outputs < 49; outputs++)
        {
            var layer = new Layer("0.0", 0, LayerKind.Convolution, 24, outputs) { Kernel = 3, Padding = 1 };
            Parallel.For(0, 4, i =>
            {
                // Each has its own convolution and images, disposed once it has its answer; the check is made once for all.
                using var scope = NewDisposeScope();
                using var mode = inference_mode();
                var (_, weight, bias) = ConvolutionSweep.Draw(layer, 1, float32);
                using var convolution = new ScoringConvolution(layer, rectify: true, weight, bias);
                Assert.AreEqual(layer.Out, convolution.Run(ConvolutionSweep.Images(2, 24, 9, float32)).shape[1]);
            });
        }
    }

    [TestMethod]
    public void Run_FusedKernelsSwitchedOff_IsRightAsWell()
    {
        ChildProcess.Run(nameof(Run_WithAndWithoutReLU_IsRightForEveryNumberOfImages), ("NIN_FAST_KERNELS", "off"));
        ChildProcess.Run(nameof(FusedKernelsTests.For_ThisProcess_FollowsTheSwitch), ("NIN_FAST_KERNELS", "off"));
    }
}
