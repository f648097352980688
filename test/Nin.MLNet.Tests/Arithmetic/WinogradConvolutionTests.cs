using Nin.MLNet.Arithmetic;
using Nin.MLNet.Network;
using Nin.MLNet.Tests.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Arithmetic;

/// <summary>Our own convolution against float64.</summary>
[TestClass]
public sealed class WinogradConvolutionTests
{
    /// <summary>Of the largest value; docs/architecture.md and README.md name it.</summary>
    private const double Rounding = 1e-5;

    [TestInitialize]
    public void NeedsItsProcessor()
    {
        if (!ProductKernel.IsSupported)
            Assert.Inconclusive("this processor lacks AVX2");
    }

    // Sizes that fill tiles, rows and panels, and sizes that leave some of each over.
    [TestMethod]
    [DataRow(1, 8, 8, 3, 1, 4, 4)]
    [DataRow(2, 16, 32, 3, 1, 14, 14)]
    [DataRow(3, 24, 40, 3, 0, 7, 9)]
    [DataRow(5, 32, 24, 3, 2, 5, 3)]
    [DataRow(30, 16, 16, 3, 1, 13, 6)]
    [DataRow(2, 16, 24, 5, 2, 12, 12)]
    [DataRow(3, 40, 16, 5, 0, 9, 6)]
    [DataRow(1, 8, 8, 5, 4, 1, 1)]
    [DataRow(4, 160, 160, 3, 1, 7, 7)]
    public void GraphCuts_OneConvolution_IsRightForwardAndBackward(
        int images, int channels, int outputs, int kernel, int padding, int height, int width)
    {
        foreach (var rectify in new[] { false, true })
        {
            using var scope = NewDisposeScope();
            random.manual_seed(1);
            var layer = new Layer("", 0, LayerKind.Convolution, channels, outputs) { Kernel = kernel, Padding = padding };
            var x = MemoryLayout.ChannelsLast(randn(images, channels, height, width)).requires_grad_(true);
            var weight = (randn(outputs, channels, kernel, kernel) / Math.Sqrt(channels * kernel * kernel)).detach().requires_grad_(true);
            var bias = randn(outputs).requires_grad_(true);
            var (exactX, exactWeight, exactBias) = (Exact(x), Exact(weight), Exact(bias));
            var expected = ConvolutionSweep.Exact(layer, exactX, exactWeight, exactBias);
            expected = rectify ? expected.relu() : expected;
            var gradient = randn(expected.shape);
            expected.backward([gradient.to(float64)]);

            using var cuts = new GraphCuts();
            var found = TrainingConvolution.Run(x, weight, bias, layer, rectify, cuts);
            var output = found.detach();
            cuts.Backward(found, gradient);

            ConvolutionSweep.AssertAgree(expected, output, ScalarType.Float32, "output", Rounding);
            ConvolutionSweep.AssertAgree(exactX.grad!, x.grad!, ScalarType.Float32, "images' gradient", Rounding);
            ConvolutionSweep.AssertAgree(exactWeight.grad!, weight.grad!, ScalarType.Float32, "weights' gradient", Rounding);
            ConvolutionSweep.AssertAgree(exactBias.grad!, bias.grad!, ScalarType.Float32, "bias's gradient", Rounding);
        }

        static Tensor Exact(Tensor value) => value.detach().to(float64).requires_grad_(true);
    }

    [TestMethod]
    public void Forward_PixelThatIsNoNumber_LeavesNoNumberBehindTheReLU()
    {
        using var scope = NewDisposeScope();
        var layer = new Layer("", 0, LayerKind.Convolution, 8, 8) { Kernel = 3, Padding = 1 };
        var x = MemoryLayout.ChannelsLast(zeros(2, 8, 6, 6));
        // Around them lie the outputs of every place in a tile's row.
        (x[1, 3, 2, 2], x[1, 3, 4, 4]) = (float.NaN, float.NaN);
        using var cuts = new GraphCuts();
        var y = TrainingConvolution.Run(x, randn(8, 8, 3, 3), zeros(8), layer, rectify: true, cuts);
        Assert.IsTrue(y[0].isfinite().all().item<bool>());
        foreach (var near in new[] { 2, 4 })
            Assert.IsTrue(y[1].narrow(1, near - 1, 3).narrow(2, near - 1, 3).isnan().all().item<bool>(), $"{near}");
    }

    [TestMethod]
    public void Suits_TwoThreadsOrAnotherFormat_DoesNot()
    {
        var layer = new Layer("", 0, LayerKind.Convolution, 16, 16) { Kernel = 3, Padding = 1 };
        Assert.AreEqual(Kernels.OwnOnesAreUsed, TrainingConvolution.Suits(layer, ScalarType.Float32, threads: 1));
        Assert.IsFalse(TrainingConvolution.Suits(layer, ScalarType.Float32, threads: 2));
        Assert.IsFalse(TrainingConvolution.Suits(layer, ScalarType.BFloat16, threads: 1));
        Assert.IsFalse(WinogradConvolution.Suits((layer with { Stride = 2 }).Window));
        Assert.IsFalse(WinogradConvolution.Suits((layer with { Kernel = 1, Padding = 0 }).Window));
        Assert.IsFalse(WinogradConvolution.Suits((layer with { Out = 10 }).Window));
    }
}
