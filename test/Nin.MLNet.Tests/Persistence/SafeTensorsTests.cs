using System.Text.Json;
using System.Text.RegularExpressions;
using Nin.MLNet.Network;
using Nin.MLNet.Persistence;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Persistence;

[TestClass]
public sealed partial class SafeTensorsTests
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
        // The file may be part of a larger one.
        stream.Write([1, 2, 3]);
        SafeTensors.Write(stream, first);
        stream.Position = 3;
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
        // The message lists five names and the number of further ones.
        StringAssert.Matches(error.Message, Names());
    }

    [TestMethod]
    public void ReadInto_NoSafetensors_SaysSo()
    {
        using var network = new NinNetwork(Golden, CPU);
        var error = Assert.ThrowsExactly<InvalidDataException>(
            () => SafeTensors.ReadInto(new MemoryStream(new byte[64]), "zeros", network));
        StringAssert.Contains(error.Message, "no safetensors file");
    }

    // Values that every format represents exactly.
    [TestMethod]
    [DataRow("F16")]
    [DataRow("BF16")]
    [DataRow("F32")]
    [DataRow("F64")]
    public void ReadInto_AnyFormatOfNumbers_GivesTheSameWeights(string type)
    {
        float[] values = [1.5f, -2, 0.25f, -0.75f];
        byte[] bytes = [.. values.SelectMany(value => Bytes(value, type))];
        var width = bytes.Length / values.Length;
        // The counter is PyTorch's and is skipped.
        var json = $$$"""
            {"0.0.weight":{"dtype":"{{{type}}}","shape":[2,1,1,1],"data_offsets":[0,{{{2 * width}}}]},
            "0.0.bias":{"dtype":"{{{type}}}","shape":[2],"data_offsets":[{{{2 * width}}},{{{4 * width}}}]},
            "0.1.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[{{{4 * width}}},{{{(4 * width) + 8}}}]}}
            """;
        byte[] header = System.Text.Encoding.UTF8.GetBytes(json);
        using var network = new NinNetwork(new NinArchitecture(1, [new NinBlock([2], 1, 1, 0)]) { LastReLU = false }, CPU);
        SafeTensors.ReadInto(
            new MemoryStream([.. BitConverter.GetBytes((long)header.Length), .. header, .. bytes, .. new byte[8]]), "The file", network);
        CollectionAssert.AreEqual(values, network.State.SelectMany(entry => entry.Value.data<float>().ToArray()).ToArray());
    }

    [GeneratedRegex(@"missing (\d\S+, ){4}\S+ and \d+ more, not known here ")]
    private static partial Regex Names();

    private static byte[] Bytes(float value, string type) => type switch
    {
        "F16" => BitConverter.GetBytes((Half)value),
        "BF16" => BitConverter.GetBytes(value)[2..],
        "F32" => BitConverter.GetBytes(value),
        _ => BitConverter.GetBytes((double)value),
    };
}
