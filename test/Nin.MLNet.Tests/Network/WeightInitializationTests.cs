using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

[TestClass]
public sealed class WeightInitializationTests
{
    [TestMethod]
    [DataRow(NinTrainer.Initialization.Xavier)]
    [DataRow(NinTrainer.Initialization.Kaiming)]
    [DataRow(NinTrainer.Initialization.Dirac)]
    public void Apply_Kind_GivesItsSpreadAndZeroBiases(NinTrainer.Initialization kind)
    {
        using var scope = NewDisposeScope();
        using var network = new NinNetwork(NinArchitecture.Small(1, 10, 32), CPU);
        WeightInitialization.Apply(network, kind, 1);
        // The fifth block: a 3x3 convolution of 64 to 128 channels, then a 1x1 one of 128 to 128; the last layer gives the logits.
        var (window, pointwise, logits) = (Value("6.0.weight"), Value("6.3.weight"), Value("7.6.weight"));
        CollectionAssert.AreEqual(new long[] { 128, 64, 3, 3 }, window.shape);
        var passesOn = kind == NinTrainer.Initialization.Dirac;
        var drawn = passesOn ? window.narrow(0, 64, 64) : window;
        var expected = kind == NinTrainer.Initialization.Xavier ? Math.Sqrt(2.0 / (9 * (64 + 128))) : Math.Sqrt(2.0 / (9 * 64));
        Assert.AreEqual(expected, drawn.std().item<float>(), 0.02 * expected);
        if (kind == NinTrainer.Initialization.Xavier)
            Assert.IsLessThanOrEqualTo((float)Math.Sqrt(6.0 / (9 * (64 + 128))), window.abs().max().item<float>());
        Assert.AreEqual(passesOn, Same(pointwise.view(128, 128), eye(128)));
        Assert.AreEqual(passesOn, Same(window.narrow(0, 0, 64).select(3, 1).select(2, 1), eye(64)));
        Assert.AreEqual(passesOn, window.narrow(0, 0, 64).count_nonzero().item<long>() == 64);
        Assert.IsFalse(Same(logits.view(10, 128), eye(10, 128)));
        Assert.AreEqual(0, Value("6.0.bias").abs().max().item<float>());
        Assert.AreEqual(1, Value("6.1.weight").min().item<float>());

        Tensor Value(string name) => network.State.Single(entry => entry.Name == name).Value.detach();
    }

    [TestMethod]
    public void Apply_SameSeed_GivesTheSameWeights()
    {
        using var scope = NewDisposeScope();
        using var first = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
        using var second = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
        WeightInitialization.Apply(first, NinTrainer.Initialization.Kaiming, 5);
        _ = randn(100);
        WeightInitialization.Apply(second, NinTrainer.Initialization.Kaiming, 5);
        Assert.IsTrue(Same(first.Parameters, second.Parameters));
        WeightInitialization.Apply(second, NinTrainer.Initialization.Kaiming, 6);
        Assert.IsFalse(Same(first.Parameters, second.Parameters));
    }

    [TestMethod]
    [DataRow(NinTrainer.Initialization.Auto, true, 19_999, NinTrainer.Initialization.Dirac)]
    [DataRow(NinTrainer.Initialization.Auto, true, 20_000, NinTrainer.Initialization.Whitening)]
    [DataRow(NinTrainer.Initialization.Auto, false, 60_000, NinTrainer.Initialization.Kaiming)]
    [DataRow(NinTrainer.Initialization.Xavier, true, 60_000, NinTrainer.Initialization.Xavier)]
    public void Resolve_Kind_GoesByBatchNormAndTheNumberOfImages(
        NinTrainer.Initialization kind, bool batchNorm, int images, NinTrainer.Initialization expected) => Assert.AreEqual(
        expected, WeightInitialization.Resolve(kind, NinArchitecture.Small() with { BatchNorm = batchNorm }, images));

    /// <summary>Filters that give the logits must learn, and those of many channels would take minutes to find.</summary>
    [TestMethod]
    [DataRow(1, 1, 3, NinTrainer.Initialization.Dirac)]
    [DataRow(1, 2, 3, NinTrainer.Initialization.Whitening)]
    [DataRow(56, 2, 3, NinTrainer.Initialization.Whitening)]
    [DataRow(57, 2, 3, NinTrainer.Initialization.Dirac)]
    [DataRow(3, 2, 13, NinTrainer.Initialization.Whitening)]
    [DataRow(3, 2, 15, NinTrainer.Initialization.Dirac)]
    public void Resolve_AutoWithManyImages_GoesByTheFirstConvolution(
        int channels, int convolutions, int kernel, NinTrainer.Initialization expected)
    {
        var architecture = new NinArchitecture(channels, [new NinBlock([.. Enumerable.Repeat(10, convolutions)], kernel, 1, kernel / 2)])
        {
            BatchNorm = true,
        };
        Assert.AreEqual(expected, WeightInitialization.Resolve(NinTrainer.Initialization.Auto, architecture, 60_000));
    }

    private static bool Same(Tensor a, Tensor b) => (a.detach() - b.detach()).abs().max().item<float>() == 0;
}
