using System.Text.Json;
using Nin.MLNet.Network;
using Nin.MLNet.Persistence;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Persistence;

[TestClass]
public sealed class SafeTensorsTests
{
    private static readonly NinArchitecture Golden = new(1,
    [
        new NinBlock([6, 5, 4], 3, 1, 1) { Pooling = new NinPooling(NinPoolingKind.Max, 3, 2) },
        new NinBlock(3, 3, 1, 1),
    ])
    { BatchNorm = true, LastReLU = false };

    private static string Folder => Path.Combine(Repository.Root, "test", "Nin.MLNet.Tests", "Persistence", "golden");

    [TestMethod]
    public void ReadInto_WeightsOfPyTorch_GivePyTorchsLogits()
    {
        using var network = new NinNetwork(Golden, CPU);
        using (var file = File.OpenRead(Path.Combine(Folder, "golden.safetensors")))
            SafeTensors.ReadInto(file, "golden", network);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "golden.json")));
        float[] Values(string name) => [.. json.RootElement.GetProperty(name).EnumerateArray().Select(value => value.GetSingle())];
        using var scoring = new InferenceNetwork(network, new Normalization([0], [1]), null, NinTrainer.Precision.Float32);
        var logits = new float[12];
        scoring.Logits(Values("images"), new NinImageShape(1, 12, 12), 4, logits, threads: 1);
        var expected = Values("logits");
        for (var i = 0; i < 12; i++)
            Assert.AreEqual(expected[i], logits[i], 1e-4);
    }

    [TestMethod]
    public void Write_ThenReadInto_GivesTheSameWeights()
    {
        using var first = new NinNetwork(Golden, CPU);
        using var second = new NinNetwork(Golden, CPU);
        WeightInitialization.Apply(first, NinTrainer.Initialization.Kaiming, 5);
        using var stream = new MemoryStream();
        SafeTensors.Write(stream, first);
        stream.Position = 0;
        SafeTensors.ReadInto(stream, "copy", second);
        using var same = first.Parameters.eq(second.Parameters).all();
        Assert.IsTrue(same.item<bool>());
    }

    [TestMethod]
    public void ReadInto_OtherArchitecture_NamesTheDifference()
    {
        using var network = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
        using var file = File.OpenRead(Path.Combine(Folder, "golden.safetensors"));
        var error = Assert.ThrowsExactly<InvalidDataException>(() => SafeTensors.ReadInto(file, "golden", network));
        StringAssert.Contains(error.Message, "another architecture");
    }

    [TestMethod]
    public void ReadInto_NoSafetensors_SaysSo()
    {
        using var network = new NinNetwork(Golden, CPU);
        var error = Assert.ThrowsExactly<InvalidDataException>(
            () => SafeTensors.ReadInto(new MemoryStream(new byte[64]), "zeros", network));
        StringAssert.Contains(error.Message, "no safetensors file");
    }
}
