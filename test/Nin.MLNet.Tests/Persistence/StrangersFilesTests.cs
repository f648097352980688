using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using Nin.MLNet.Network;
using Nin.MLNet.Persistence;
using Nin.MLNet.Stress.Flips;
using Nin.MLNet.Stress.Fuzzing;
using Nin.MLNet.Training.Callbacks;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Persistence;

/// <summary>Files from untrusted sources: either read completely or rejected before anything is built or changed.</summary>
[TestClass]
public sealed class StrangersFilesTests
{
    private static readonly NinArchitecture Tiny = new(1, [new NinBlock([2], 1, 1, 0)]) { LastReLU = false };

    [TestMethod]
    [DataRow("""{"0.0.weight":null}""", "expected an object")]
    [DataRow("""[]""", "damaged safetensors header")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "'a'")]
    [DataRow("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", "damaged safetensors header")]
    [DataRow("""{"a":{"dtype":"U3","shape":[1],"data_offsets":[0,4]}}""", "of type U3")]
    [DataRow("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "which no tensor has")]
    [DataRow("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,4]}}""", "which no tensor has")]
    [DataRow("""{"a":{"dtype":"F32","shape":[536870911],"data_offsets":[0,2147483644]}}""", "cut short")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "expected 8")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "expected 0")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
        "'b' at byte 4")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "4 bytes after its last tensor")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", "damaged safetensors header")]
    public void SafeTensors_HeaderThatNoWriterMakes_IsRefusedByName(string header, string said)
    {
        using var network = new NinNetwork(Tiny, CPU);
        var error = Assert.ThrowsExactly<InvalidDataException>(
            () => SafeTensors.ReadInto(new MemoryStream(File(header, new byte[8])), "The file", network));
        StringAssert.Contains(error.Message, said);
        StringAssert.StartsWith(error.Message, "The file ");
    }

    // The headers are valid, including tensors without values; what is missing are the network's tensors.
    [TestMethod]
    [DataRow("{}", 0, "missing 0.0.weight, 0.0.bias, not known here none")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", 8,
        "missing 0.0.weight, 0.0.bias, not known here a, b")]
    public void SafeTensors_OtherTensors_AreNamed(string header, int bytes, string said)
    {
        using var network = new NinNetwork(Tiny, CPU);
        var error = Assert.ThrowsExactly<InvalidDataException>(
            () => SafeTensors.ReadInto(new MemoryStream(File(header, new byte[bytes])), "The file", network));
        StringAssert.Contains(error.Message, said);
    }

    [TestMethod]
    [DataRow(new byte[0], "expected at least 8 bytes, found 0")]
    [DataRow(new byte[] { 2, 0, 0, 0, 0, 0, 0 }, "expected at least 8 bytes, found 7")]
    [DataRow(new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 32 }, "no safetensors file")]
    [DataRow(new byte[] { 3, 0, 0, 0, 0, 0, 0, 0, 123, 125 }, "expected a header of 3 bytes, found 2")]
    // 100 MiB, the longest header allowed, and one byte more.
    [DataRow(new byte[] { 0, 0, 64, 6, 0, 0, 0, 0 }, "expected a header of 104857600 bytes, found 0")]
    [DataRow(new byte[] { 1, 0, 64, 6, 0, 0, 0, 0 }, "no safetensors file")]
    public void SafeTensors_CutShort_IsRefusedByLength(byte[] file, string said)
    {
        using var network = new NinNetwork(Tiny, CPU);
        var error = Assert.ThrowsExactly<InvalidDataException>(
            () => SafeTensors.ReadInto(new MemoryStream(file), "The file", network));
        StringAssert.Contains(error.Message, said);
    }

    [TestMethod]
    public void SafeTensors_LastTensorOfAWrongType_ChangesNoWeight()
    {
        using var network = new NinNetwork(Tiny, CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        var before = network.Parameters.bytes.ToArray();
        const string header = """
            {"0.0.weight":{"dtype":"F32","shape":[2,1,1,1],"data_offsets":[0,8]},
            "0.0.bias":{"dtype":"I64","shape":[2],"data_offsets":[8,24]}}
            """;
        var error = Assert.ThrowsExactly<InvalidDataException>(
            () => SafeTensors.ReadInto(new MemoryStream(File(header, new byte[24])), "The file", network));
        StringAssert.Contains(error.Message, "of type I64");
        CollectionAssert.AreEqual(before, network.Parameters.bytes.ToArray());
    }

    [TestMethod]
    [DataRow("null", "it is null")]
    [DataRow("{}", "damaged")]
    [DataRow("""{"Architecture":null}""", "damaged")]
    public void ModelEntry_DescriptionWithoutItsParts_IsRefused(string json, string said) =>
        AssertRefused(json, said);

    [TestMethod]
    [DataRow("\"InputChannels\":1", "\"InputChannels\":1000000000", "InputChannels is 1000000000")]
    [DataRow("\"Channels\":[4,4]", "\"Channels\":[1000000,1000000]", "weights: at most")]
    [DataRow("\"Channels\":[4,4]", "\"Channels\":[40000,4]", "more than its")]
    [DataRow("\"Channels\":[4,4]", "\"Channels\":[]", "Channels has 0 values")]
    [DataRow("\"Mean\":[100]", "\"Mean\":[100,1]", "2 means")]
    [DataRow("\"Std\":[50]", "\"Std\":[0]", "not above 0")]
    [DataRow("\"ResizeTo\":16", "\"ResizeTo\":100000", "ResizeTo is 100000")]
    [DataRow("\"ResizeTo\":16", "\"ResizeTo\":1", "smaller than the network's windows")]
    [DataRow("\"FeatureColumnName\":\"Features\"", "\"FeatureColumnName\":\"\"", "no name")]
    [DataRow("\"Precision\":0", "\"Precision\":77", "precision is 77")]
    [DataRow("\"Mean\":[100]", "\"Mean\":[\"NaN\"]", "a mean is not finite")]
    [DataRow("\"Std\":[50]", "\"Std\":[50,1]", "2 deviations")]
    [DataRow("\"Std\":[50]", "\"Std\":[-1]", "not above 0")]
    [DataRow("\"Std\":[50]", "\"Std\":[\"Infinity\"]", "not above 0")]
    [DataRow("\"ResizeTo\":16", "\"ResizeTo\":0", "ResizeTo is 0")]
    [DataRow("\"ResizeTo\":16", "\"ResizeTo\":4097", "ResizeTo is 4097")]
    [DataRow("\"Temperature\":1", "\"Temperature\":0", "its temperature is 0")]
    [DataRow("\"Temperature\":1", "\"Temperature\":\"Infinity\"", "its temperature is Infinity")]
    [DataRow("\"History\":[", "\"History\":[null,", "null")]
    [DataRow("\"Shape\":{\"Channels\":1,\"Height\":12", "\"Shape\":{\"Channels\":12,\"Height\":1", "do not have the network's 1 channel")]
    public void ModelEntry_ValueOutOfRange_IsRefusedByName(string written, string instead, string said)
    {
        var json = Description;
        StringAssert.Contains(json, written);
        AssertRefused(json.Replace(written, instead, StringComparison.Ordinal), said);
    }

    [TestMethod]
    [DataRow("\"ResizeTo\":16", "\"ResizeTo\":4096")]
    [DataRow("\"Std\":[50]", "\"Std\":[1E-30]")]
    [DataRow("\"Temperature\":1", "\"Temperature\":1E-9")]
    public void ModelEntry_ValueAtTheEdgeOfItsRange_IsRead(string written, string instead)
    {
        var json = Description;
        StringAssert.Contains(json, written);
        ModelEntry.Read(new MemoryStream(WithDescription(json.Replace(written, instead, StringComparison.Ordinal)))).Network.Dispose();
    }

    [TestMethod]
    [DataRow(1, "Train the model again")]
    [DataRow(5, "Update the Nin.MLNet package")]
    public void ModelEntry_OfAnotherVersion_IsRefusedWithTheVersionNamed(int version, string way)
    {
        byte[] file = [.. "NINMODEL"u8, .. BitConverter.GetBytes(version), .. new byte[64]];
        var error = Assert.ThrowsExactly<InvalidDataException>(() => ModelEntry.Read(new MemoryStream(file)));
        StringAssert.Contains(error.Message, $"version {version};");
        StringAssert.Contains(error.Message, way);
    }

    [TestMethod]
    [DataRow("Nin.MLNet checkpoint 9\n", "version 9, and this Nin.MLNet reads version 6")]
    [DataRow("Something else, longer", "it starts with")]
    public void Checkpoint_OfAnotherVersion_IsRefusedWithTheVersionNamed(string start, string said)
    {
        var path = Path.GetTempFileName();
        System.IO.File.WriteAllText(path, start + new string(' ', 64));
        var error = Assert.ThrowsExactly<InvalidDataException>(() => CheckpointFile.Read(path));
        StringAssert.Contains(error.Message, said);
        System.IO.File.Delete(path);
    }

    [TestMethod]
    public void Load_DamagedModel_IsRefusedAsMLNetRefusesOne()
    {
        var target = FlipTargets.Of("model");
        var context = new MLContext(1);
        var entry = Encoding.ASCII.GetString(target.Valid).IndexOf("NinModel", StringComparison.Ordinal);
        byte[] bytes = [.. target.Valid];
        bytes[entry + 200] ^= 1;
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => context.Model.Load(new MemoryStream(bytes), out _));
        Assert.IsInstanceOfType<FormatException>(error.InnerException!.InnerException);
        StringAssert.Contains(error.GetBaseException().Message, "Get a whole copy");
    }

    [TestMethod]
    [DataRow("model", 300)]
    [DataRow("checkpoint", 300)]
    public void Flips_InTheirShortForm_AreRefusedOrChangeNothing(string file, int drawn)
    {
        var outcome = BitFlips.Run(FlipTargets.Of(file), headerBits: 1, headerStep: 3, drawn);
        Assert.IsEmpty(outcome.Wrong, $"{outcome}");
        Assert.IsGreaterThan(drawn / 2, outcome.Refused.Values.Sum(), $"{outcome}");
    }

    [TestMethod]
    public void ModelEntry_LengthThatIsALie_TakesNoMemory()
    {
        byte[] lie = [.. "NINMODEL"u8, 2, 0, 0, 0, .. BitConverter.GetBytes(int.MaxValue), 1, 2, 3];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.ThrowsExactly<InvalidDataException>(() => ModelEntry.Read(new MemoryStream(lie)));
        StringAssert.Contains(error.Message, "cut short");
        Assert.IsLessThan(4L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    [DataRow("safetensors", 20_000)]
    [DataRow("model", 3_000)]
    [DataRow("classes", 5_000)]
    [DataRow("checkpoint", 3_000)]
    [DataRow("architecture", 5_000)]
    [DataRow("idx", 3_000)]
    [DataRow("idx-gzip", 3_000)]
    public void Fuzz_InItsShortForm_FindsNothing(string reader, int inputs)
    {
        var outcome = Fuzz.Run(Readers.Of(reader), inputs);
        Assert.AreEqual(inputs, outcome.Inputs);
        // Mutations that are always or never accepted would test little.
        Assert.IsGreaterThan(0, outcome.Accepted, $"{outcome}");
        Assert.IsGreaterThan(outcome.Accepted, outcome.Refused, $"{outcome}");
    }

    private static string Description
    {
        get
        {
            var valid = Readers.Of("model").Valid;
            return Encoding.UTF8.GetString(valid, 16, BitConverter.ToInt32(valid, 12));
        }
    }

    private static void AssertRefused(string json, string said)
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(() => ModelEntry.Read(new MemoryStream(WithDescription(json))));
        StringAssert.Contains(error.Message, said);
    }

    /// <summary>A model entry that is complete except for what its description says.</summary>
    private static byte[] WithDescription(string json)
    {
        var valid = Readers.Of("model").Valid;
        var (description, rest) = (Encoding.UTF8.GetBytes(json), valid[(16 + BitConverter.ToInt32(valid, 12))..]);
        byte[] content = [.. valid[..12], .. BitConverter.GetBytes(description.Length), .. description, .. rest];
        return [.. content, .. SHA256.HashData(content)];
    }

    private static byte[] File(string header, byte[] values)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, json.Length);
        return [.. prefix, .. json, .. values];
    }
}
