using Nin.MLNet.Native;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

/// <summary>Compares the convolution that the network trains with against float64.</summary>
[TestClass]
public sealed class ConvolutionChoiceTests
{
    [TestMethod]
    [DataRow(ScalarType.Float32, 1, 1)]
    [DataRow(ScalarType.Float32, 5, 1)]
    [DataRow(ScalarType.Float32, 5, 2)]
    [DataRow(ScalarType.BFloat16, 1, 1)]
    [DataRow(ScalarType.BFloat16, 5, 2)]
    public void Run_ChosenPath_IsRightForwardAndBackward(ScalarType type, int images, int threads)
    {
        using var _ = new ThreadCount(threads);
        random.manual_seed(1);
        foreach (var layer in ConvolutionSweep.Layers)
            AssertRight(layer, images, ConvolutionSweep.Side, type);
    }

    // oneDNN 3.7's weight gradient of these writes beyond its memory (its issue 6035).
    [TestMethod]
    [DataRow(ScalarType.Float32, 1)]
    [DataRow(ScalarType.Float32, 2)]
    [DataRow(ScalarType.BFloat16, 1)]
    public void Run_StridedPointwiseOfFewChannels_IsRightForwardAndBackward(ScalarType type, int threads)
    {
        using var _ = new ThreadCount(threads);
        random.manual_seed(1);
        foreach (var (input, output) in new[] { (1, 8), (3, 10), (4, 8), (8, 8), (12, 40), (16, 16) })
        {
            foreach (var side in new[] { 16, 17 })
                AssertRight(new Layer("0.0", 0, LayerKind.Convolution, input, output) { Stride = 2 }, images: 32, side, type);
        }
    }

    [TestMethod]
    public void Paths_AllOfThem_ComputeTheSame()
    {
        random.manual_seed(1);
        using var scope = NewDisposeScope();
        // Sizes at which no kernel was found wrong, with more than one block of channels.
        var pointwise = new Layer("0.0", 0, LayerKind.Convolution, 32, 64);
        foreach (var layer in new[] { pointwise, pointwise with { Kernel = 3, Padding = 1 } })
        {
            foreach (var path in ConvolutionPath.For(layer, ScalarType.BFloat16, threads: 1))
            {
                var (x, weight, bias) = ConvolutionSweep.Draw(layer, 3, ScalarType.BFloat16);
                var expected = ConvolutionSweep.Exact(layer, x.to(float64), weight.to(float64), bias.to(float64));
                var plain = path.Run(x, weight, bias, layer, rectify: false, new GraphCuts());
                var rectified = path.Run(x, weight, bias, layer, rectify: true, new GraphCuts());
                ConvolutionSweep.AssertAgree(expected, plain, ScalarType.BFloat16, $"{path}");
                ConvolutionSweep.AssertAgree(expected.relu(), rectified, ScalarType.BFloat16, $"{path} with ReLU");
            }
        }
    }

    // A bias's gradient is a sum over all pixels of all images, whose rounding grows with their number.
    [TestMethod]
    [DataRow(8)]
    [DataRow(32)]
    public void For_ManyImages_RoundingIsNoFault(int channels)
    {
        var layer = new Layer("0.0", 0, LayerKind.Convolution, channels, channels) { Kernel = 3, Padding = 1 };
        var faults = new List<string>();
        foreach (var images in new[] { 100, 128, 162, 200, 256, 500, 1_000 })
        {
            using var scope = NewDisposeScope();
            var x = ConvolutionSweep.Images(images, channels, 12, float32);
            var choice = ConvolutionChoice.For(layer, x, weightGradient: true, inputGradient: true);
            faults.AddRange(choice.Faults.Select(fault => $"{images} images: {fault}"));
        }

        Assert.AreEqual("", string.Join('\n', faults));
    }

    [TestMethod]
    public void For_HiddenLayerOfOneChannel_TakesTheMatrixProductAndSaysWhy()
    {
        using var scope = NewDisposeScope();
        var layer = new Layer("2.0", 2, LayerKind.Convolution, 1, 8) { Kernel = 3, Padding = 1 };
        var choice = ConvolutionChoice.For(layer, ConvolutionSweep.Images(2, 1, 9, float32), weightGradient: true, inputGradient: true);
        Assert.AreEqual(ConvolutionMethod.Unfolded, choice.Path.Method);
        StringAssert.Contains(ConvolutionChoice.Describe(layer, choice.Faults, $"{choice.Path}"), "Layer 2.0, Conv2d(1 -> 8, kernel 3x3");
    }

    private static void AssertRight(Layer layer, int images, int side, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = ConvolutionSweep.Draw(layer, images, type, side);
        var (exactX, exactWeight, exactBias) = (Leaf(x.to(float64)), Leaf(weight.to(float64)), Leaf(bias.to(float64)));
        var expected = ConvolutionSweep.Exact(layer, exactX, exactWeight, exactBias);
        var gradient = MemoryLayout.ChannelsLast(randn(expected.shape).to(type));
        expected.backward([gradient.to(float64)]);

        (x, weight, bias) = (Leaf(x), Leaf(weight), Leaf(bias));
        var choice = ConvolutionChoice.For(layer, x, weightGradient: true, inputGradient: true);
        using var cuts = new GraphCuts();
        var found = choice.Path.Run(x, weight, bias, layer, rectify: false, cuts);
        var output = found.detach();
        cuts.Backward(found, gradient);
        var what = $"{layer} in {choice.Path}";
        Assert.AreEqual(type, output.dtype, what);
        ConvolutionSweep.AssertAgree(expected, output, type, what);
        ConvolutionSweep.AssertAgree(exactX.grad!, x.grad!, type, what);
        ConvolutionSweep.AssertAgree(exactWeight.grad!, weight.grad!, type, what);
        ConvolutionSweep.AssertAgree(exactBias.grad!, bias.grad!, type, what);

        static Tensor Leaf(Tensor value) => value.detach().requires_grad_(true);
    }
}
