using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Nin.MLNet.Hosting;
using Nin.MLNet.Native;
using Nin.MLNet.Network;
using Nin.MLNet.Persistence;
using Nin.MLNet.Stress.Samples;
using Nin.MLNet.Training.Callbacks;
using Nin.Pipeline.Demo.DataSets;
using static TorchSharp.torch;

namespace Nin.MLNet.Stress.Fuzzing;

/// <summary>All readers of files.</summary>
internal static class Readers
{
    private static readonly Dictionary<string, Func<FileReader>> Known = new()
    {
        ["safetensors"] = Weights,
        ["model"] = Model,
        ["classes"] = Classes,
        ["checkpoint"] = CheckpointOf,
        ["architecture"] = ArchitectureJson,
        ["idx"] = () => Idx("idx", bytes => bytes),
        ["idx-gzip"] = () => Idx("idx-gzip", Zipped),
    };

    public static IEnumerable<string> Names => Known.Keys;

    /// <exception cref="ArgumentException">No reader has that name.</exception>
    public static FileReader Of(string name)
    {
        NativeTorch.EnsureLoaded();
        return Known.TryGetValue(name, out var make)
            ? make()
            : throw new ArgumentException($"Unknown reader '{name}': expected {string.Join(", ", Names)}.");
    }

    private static FileReader Weights()
    {
        var network = new NinNetwork(SmallNetwork.Architecture, CPU);
        using var stream = new MemoryStream();
        SafeTensors.Write(stream, network);
        return new FileReader(
            "safetensors", stream.ToArray(), bytes => SafeTensors.ReadInto(new MemoryStream(bytes), "The file", network));
    }

    private static FileReader Model()
    {
        var description = new ModelDescription(
            SmallNetwork.Architecture, new Normalization([100], [50]), NinImageLayout.Flat(new NinImageShape(1, 12, 12)), 16,
            NinTrainer.Precision.Auto, "Features", [new NinEpoch { Epoch = 1, TrainLoss = 0.5, ValidationLoss = 0.6 }]);
        using var network = new NinNetwork(SmallNetwork.Architecture, CPU);
        using var stream = new MemoryStream();
        ModelEntry.Write(stream, description, network, []);
        var valid = stream.ToArray()[..^SHA256.HashSizeInBytes];
        return new FileReader("model", valid, bytes => ModelEntry.Read(new MemoryStream(Hashed(bytes))).Network.Dispose());
    }

    private static FileReader Classes() => new(
        "classes", LabelClasses.Of(["a", "bc", "def"]).Save(), bytes => _ = LabelClasses.Load(bytes, 3).Names);

    private static FileReader CheckpointOf()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var valid = CheckpointSample.WriteTo(path, networkBytes: 16, optimizerBytes: 8)[..^SHA256.HashSizeInBytes];
        return new FileReader("checkpoint", valid, bytes =>
        {
            File.WriteAllBytes(path, Hashed(bytes));
            CheckpointFile.Read(path);
        });
    }

    private static FileReader ArchitectureJson() => new(
        "architecture", JsonSerializer.SerializeToUtf8Bytes(SmallNetwork.Architecture), bytes =>
        {
            try
            {
                _ = JsonSerializer.Deserialize<NinArchitecture>(bytes) is { ParameterCount: > 0 } read ? read.ToString() : null;
            }
            catch (Exception e) when (e is JsonException or ArgumentException)
            {
                throw new InvalidDataException(e.Message, e);
            }
        });

    private static FileReader Idx(string name, Func<byte[], byte[]> wrap)
    {
        // Three images of 4 x 5 pixels.
        byte[] images = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, .. Enumerable.Range(0, 60).Select(i => (byte)i)];
        return new FileReader(
            name, wrap(images), bytes => _ = IdxFile.ReadImages(new MemoryStream(bytes), name).Values.Length);
    }

    private static byte[] Zipped(byte[] bytes)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return output.ToArray();
    }

    /// <summary>Recomputes the hash at the end of the file; otherwise the reader would reject every mutation there.</summary>
    private static byte[] Hashed(byte[] bytes) => [.. bytes, .. SHA256.HashData(bytes)];
}
