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
        Assert.AreEqual(1_992_166, network.Parameters.numel());
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
        network.Forward(randn(4, 1, 12, 12), random).square().sum().backward();
        var flat = network.Gradients.norm().item<float>();
        var learning = network.State.Where(entry => entry.Value.requires_grad);
        var layers = Math.Sqrt(learning.Sum(entry => Math.Pow(entry.Value.grad!.norm().item<float>(), 2)));
        Assert.IsGreaterThan(0f, flat);
        Assert.AreEqual(layers, flat, 1e-3 * flat);
    }
}
