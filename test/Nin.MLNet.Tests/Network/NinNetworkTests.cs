using Nin.MLNet.Native;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

[TestClass]
public sealed class NinNetworkTests
{
    [TestMethod]
    public void State_D2L_HasPyTorchsNamesAndShapes()
    {
        using var network = new NinNetwork(NinArchitecture.D2L(), CPU);
        var names = network.State.Select(entry => entry.Name).ToArray();
        var expected = new List<string>();
        foreach (var layer in new[] { "0.0", "0.2", "0.4", "2.0", "2.2", "2.4", "4.0", "4.2", "4.4", "7.0", "7.2", "7.4" })
            expected.AddRange([$"{layer}.weight", $"{layer}.bias"]);
        CollectionAssert.AreEqual(expected, names);
        CollectionAssert.AreEqual(new long[] { 256, 96, 5, 5 }, network.State.First(entry => entry.Name == "2.0.weight").Value.shape);
        Assert.AreEqual(1_992_166, network.ParameterLayout.CompactLength);
    }

    [TestMethod]
    public void Forward_D2LAt224_GivesTheBooksOutputShape()
    {
        using var network = new NinNetwork(NinArchitecture.D2L(), CPU);
        using var scope = NewDisposeScope();
        var random = new DropoutRandom(1);
        var shapes = new List<string>();
        network.Forward(zeros(1, 1, 224, 224), random, (layer, x) => shapes.Add($"{layer.Name}:{string.Join(",", x.shape)}"));
        string[] book =
        [
            "0.5:1,96,54,54", "1:1,96,26,26", "2.5:1,256,26,26", "3:1,256,12,12", "4.5:1,384,12,12", "5:1,384,5,5", "6:1,384,5,5",
            "7.5:1,10,5,5", "9:1,10",
        ];
        foreach (var expected in book)
            CollectionAssert.Contains(shapes, expected);
    }

    [TestMethod]
    public void Gradients_AfterBackward_AreTheLayersOwn()
    {
        using var network = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        using var scope = NewDisposeScope();
        var random = new DropoutRandom(1);
        network.Backward(network.Forward(randn(4, 1, 12, 12), random).square().sum());
        var flat = network.Gradients.norm().item<float>();
        var learning = network.State.Where(entry => entry.Value.requires_grad);
        var layers = Math.Sqrt(learning.Sum(entry => Math.Pow(entry.Value.grad!.norm().item<float>(), 2)));
        Assert.IsGreaterThan(0f, flat);
        Assert.AreEqual(layers, flat, 1e-3 * flat);
    }

    // A layer's output is freed once the next layers and the backward pass have used it, so that gradients reuse warm memory.
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Backward_AfterForward_LeavesNothingOfTheLayersOutputsButTheLast(bool batchNorm)
    {
        using var network = new NinNetwork(NinArchitecture.Small(1, 3, 16) with { BatchNorm = batchNorm }, CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        using var threads = new ThreadCount(1);
        using var scope = NewDisposeScope();
        List<Tensor> outputs = [];
        var logits = network.Forward(randn(4, 1, 12, 12), new DropoutRandom(1), (_, output) => outputs.Add(output));
        network.Backward(logits.square().sum());
        var alive = outputs.Where(output => !output.IsInvalid).Distinct(ReferenceEqualityComparer.Instance);
        Assert.AreSame(logits, alive.Single());
    }

    [TestMethod]
    public void Backward_ConvolutionBeforeBatchNorm_GivesItsBiasNoGradient()
    {
        using var network = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        using var scope = NewDisposeScope();
        network.Backward(network.Forward(randn(4, 1, 12, 12), new DropoutRandom(1)).square().sum());
        var convolutions = network.Architecture.Layers.Where(layer => layer.Kind == LayerKind.Convolution)
            .Select(layer => $"{layer.Name}.bias").ToHashSet();
        // The last convolution, "7.6", has no norm after it.
        foreach (var (name, value) in network.State.Where(entry => entry.Name.EndsWith(".bias", StringComparison.Ordinal)))
        {
            Assert.AreEqual(convolutions.Contains(name) && name != "7.6.bias", value.grad!.abs().max().item<float>() == 0, name);
        }
    }

    public static IEnumerable<object[]> Blocks =>
    [
        ["3x3", new NinBlock([16, 16], 3, 1, 1), false],
        ["3x3 with batch norm", new NinBlock([16, 16], 3, 1, 1), true],
        ["5x5, channels that fill no vector", new NinBlock([9], 5, 1, 2), false],
        ["5x5", new NinBlock([24, 8], 5, 1, 2), true],
        ["stride 2, no padding", new NinBlock([8, 8], 3, 2, 0), false],
        ["maximum", new NinBlock([8], 3, 1, 1) { Pooling = new NinPooling(NinPoolingKind.Max, 3, 2, 1) }, false],
        ["mean", new NinBlock([8], 3, 1, 1) { Pooling = new NinPooling(NinPoolingKind.Average, 3, 2, 1) }, false],
        ["dropout", new NinBlock([8], 3, 1, 1) { Dropout = 0.3 }, false],
    ];

    // The slope along random directions, by central differences. ReLU and maximum have kinks: hence small steps and several directions.
    [TestMethod]
    [DynamicData(nameof(Blocks))]
    public void Backward_EveryKindOfBlock_IsTheSlopeOfTheLoss(string kind, NinBlock block, bool batchNorm)
    {
        using var threads = new ThreadCount(1);
        random.manual_seed(1);
        using var scope = NewDisposeScope();
        // Where our own convolution is used, it computes more than one layer.
        var architecture = new NinArchitecture(
            1, [new NinBlock([16, 16], 3, 1, 1), block, new NinBlock([8, 8], 3, 1, 1), new NinBlock(5, 3, 1, 1)])
        {
            BatchNorm = batchNorm,
            LastReLU = false,
        };
        using var network = new NinNetwork(architecture, CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        var (images, labels) = (randn(16, 1, 12, 12), randint(5, 16));
        network.Backward(Loss());
        var gradient = network.Gradients.to(float64).clone();
        var weights = network.Parameters.clone();

        foreach (var direction in new[] { gradient / gradient.norm() }.Concat(Enumerable.Range(0, 4).Select(_ => Unit())))
        {
            const double Step = 2e-3;
            var slope = (At(direction * Step) - At(direction * -Step)) / (2 * Step);
            Assert.AreEqual((gradient * direction).sum().item<double>(), slope, 0.02 * gradient.norm().item<double>(), kind);
        }

        Tensor Loss() => nn.functional.cross_entropy(
            network.Forward(images, new DropoutRandom(1)).to(float64), labels, reduction: nn.Reduction.Sum);

        Tensor Unit() => randn(weights.shape, float64) is var drawn ? drawn / drawn.norm() : drawn;

        double At(Tensor change)
        {
            using var _ = no_grad();
            network.Parameters.copy_(weights + change.to(float32));
            return Loss().item<double>();
        }
    }
}
