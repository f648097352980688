using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

/// <summary>Compares our own batch norm with its ReLU against libtorch's in float64.</summary>
[TestClass]
public sealed class TrainingNormalizationTests
{
    private const double Momentum = 0.3;

    [TestInitialize]
    public void NeedsItsProcessor()
    {
        using var scope = NewDisposeScope();
        if (!TrainingNormalization.Suits(zeros(1, 8, 2, 2, dtype: float32), threads: 1))
            Assert.Inconclusive("this processor computes in another way");
    }

    [TestMethod]
    [DataRow(ScalarType.Float32, 9, 8, 1, 1, true)]
    [DataRow(ScalarType.Float32, 3, 24, 5, 7, true)]
    [DataRow(ScalarType.Float32, 3, 24, 5, 7, false)]
    [DataRow(ScalarType.Float32, 5, 128, 9, 9, true)]
    [DataRow(ScalarType.Float32, 1, 8192, 2, 2, true)]
    [DataRow(ScalarType.BFloat16, 9, 8, 1, 1, true)]
    [DataRow(ScalarType.BFloat16, 3, 24, 5, 7, true)]
    [DataRow(ScalarType.BFloat16, 3, 24, 5, 7, false)]
    [DataRow(ScalarType.BFloat16, 64, 16, 28, 28, true)]
    public void Run_AnyBatch_IsWhatFloat64Gives(ScalarType type, int images, int channels, int height, int width, bool rectify)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(images + channels);
        // Each channel has its own mean and deviation.
        var drawn = randn(images, channels, height, width).mul(rand(1, channels, 1, 1).add(0.1)).add(randn(1, channels, 1, 1));
        AssertIsWhatFloat64Gives(drawn, type, rectify, tolerance: type == float32 ? 2e-5 : 8e-3);
    }

    [TestMethod]
    public void Run_MeanFarFromZero_KeepsTheVariance()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        AssertIsWhatFloat64Gives(randn(8, 8, 12, 12).add(3000), float32, rectify: true, tolerance: 2e-3);
    }

    // Seven stored bits: rounding to nearest is off by at most half a step of 1/128, truncation by a whole step.
    [TestMethod]
    public void Run_BFloat16_RoundsToTheNearest()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        var x = Batch(randn(16, 8, 9, 9), ScalarType.BFloat16);
        var exact = nn.functional.batch_norm(x.to(float64), null, null, null, null, training: true, eps: Kernels.BatchNormEpsilon);
        var (scale, shift) = (ones(8, dtype: float32), zeros(8, dtype: float32));
        using var cuts = new GraphCuts();
        var y = TrainingNormalization.Run(
            x, new NormalizationWeights(scale, shift, zeros(8, dtype: float32), ones(8, dtype: float32)), Momentum, rectify: false, cuts);
        // Near 0 the float32 sum with the shift is the larger error.
        var off = (y.to(float64) - exact).abs().div(exact.abs().clamp_min(0.1)).max().item<double>();
        Assert.IsLessThan(1.02 / 256, off);
    }

    [TestMethod]
    public void Run_MomentumZero_LeavesTheRunningStatistics()
    {
        using var scope = NewDisposeScope();
        var weights = Drawn(8);
        var (mean, variance) = (weights.RunningMean.clone(), weights.RunningVariance.clone());
        using var cuts = new GraphCuts();
        TrainingNormalization.Run(Batch(randn(4, 8, 3, 3), float32), weights, momentum: 0, rectify: true, cuts);
        Assert.IsTrue(mean.Equals(weights.RunningMean) && variance.Equals(weights.RunningVariance));
    }

    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    public void Run_NumberThatIsNotFinite_IsPassedOnInItsChannel(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var images = randn(4, 8, 3, 3);
        images[1, 2, 0, 0] = tensor(float.NaN, dtype: float32);
        var x = Batch(images, type).requires_grad_(true);
        using var cuts = new GraphCuts();
        var y = TrainingNormalization.Run(x, Drawn(8), Momentum, rectify: true, cuts);
        var lost = y.to(float32).isnan().sum(0, 2, 3).data<long>().ToArray();
        CollectionAssert.AreEqual(new long[] { 0, 0, 36, 0, 0, 0, 0, 0 }, lost);
        cuts.Backward(y, Batch(ones(4, 8, 3, 3), type));
        lost = x.grad!.to(float32).isnan().sum(0, 2, 3).data<long>().ToArray();
        CollectionAssert.AreEqual(new long[] { 0, 0, 36, 0, 0, 0, 0, 0 }, lost);
    }

    [TestMethod]
    public void Forward_BatchNormAndReLU_AreWhatLibtorchGives()
    {
        using var scope = NewDisposeScope();
        using var network = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        var images = randn(16, 1, 12, 12);
        var threads = get_num_threads();
        try
        {
            var (logits, gradients, buffers) = Step(1);
            var (expectedLogits, expectedGradients, expectedBuffers) = Step(2);
            ConvolutionSweep.AssertAgree(expectedLogits.to(float64), logits, float32, "logits");
            AssertClose(expectedGradients, gradients, 1e-4, "gradients");
            AssertClose(expectedBuffers, buffers, 1e-4, "running statistics");
        }
        finally
        {
            set_num_threads(threads);
        }

        // With two threads libtorch computes the batch norm.
        (Tensor Logits, Tensor Gradients, Tensor Buffers) Step(int count)
        {
            set_num_threads(count);
            using var replica = network.Replicate();
            replica.FollowBuffers(network);
            var logits = replica.Forward(images, new DropoutRandom(1));
            replica.Backward(nn.functional.cross_entropy(logits, ones(16, dtype: int64)));
            return (logits.detach().clone(), replica.Gradients.clone(), replica.Buffers.clone());
        }
    }

    private static void AssertIsWhatFloat64Gives(Tensor drawn, ScalarType type, bool rectify, double tolerance)
    {
        var weights = Drawn(drawn.shape[1]);
        var x = Batch(drawn, type).requires_grad_(true);
        var gradient = Batch(randn(drawn.shape), type);
        // The numbers after rounding.
        var exact = x.detach().to(float64).requires_grad_(true);
        Tensor[] of64 = [.. new[] { weights.Scale, weights.Shift }.Select(value => value.detach().to(float64).requires_grad_(true))];
        var (mean, variance) = (weights.RunningMean.to(float64), weights.RunningVariance.to(float64));
        var expected = nn.functional.batch_norm(
            exact, mean, variance, of64[0], of64[1], training: true, momentum: Momentum, eps: Kernels.BatchNormEpsilon);
        expected = rectify ? expected.relu() : expected;
        var upper = gradient.to(float64);
        expected.backward([upper.clone()]);

        using var cuts = new GraphCuts();
        var y = TrainingNormalization.Run(x, weights, Momentum, rectify, cuts);
        Assert.AreEqual(type, y.dtype);
        AssertClose(expected.detach(), y.detach(), tolerance, "output");
        cuts.Backward(y, gradient);
        AssertClose(exact.grad!, x.grad!, tolerance, "gradient of the images");
        AssertClose(of64[0].grad!, weights.Scale.grad!, tolerance, "gradient of the weight");
        AssertClose(of64[1].grad!, weights.Shift.grad!, tolerance, "gradient of the bias");
        AssertClose(mean, weights.RunningMean, 1e-5, "running mean");
        AssertClose(variance, weights.RunningVariance, 1e-5, "running variance");
    }

    private static NormalizationWeights Drawn(long channels) => new(
        rand(channels).add(0.5).requires_grad_(true), randn(channels).requires_grad_(true), randn(channels), rand(channels).add(0.5));

    private static Tensor Batch(Tensor images, ScalarType type) => MemoryLayout.ChannelsLast(images.to(type)).detach();

    private static void AssertClose(Tensor expected, Tensor found, double tolerance, string what)
    {
        var off = (found.to(float64) - expected.to(float64)).abs().max().item<double>() / expected.to(float64).abs().max().item<double>();
        Assert.IsTrue(off <= tolerance, $"{what}: off by {off:E2}");
    }
}
