using System.Security.Cryptography;
using Nin.MLNet.Native;
using Nin.MLNet.Network;
using Nin.MLNet.Persistence;
using Nin.MLNet.Training.Callbacks;
using static TorchSharp.torch;

namespace Nin.MLNet.Stress.Fuzzing;

/// <summary>Everything that reads a file.</summary>
internal static class Readers
{
    private static readonly Dictionary<string, Func<FileReader>> Known = new()
    {
        ["safetensors"] = Weights,
        ["model"] = Model,
        ["checkpoint"] = CheckpointOf,
    };

    private static readonly NinArchitecture Architecture = new(1,
    [
        new NinBlock([4, 4], 3, 1, 1) { Pooling = new NinPooling(NinPoolingKind.Max, 3, 2), Dropout = 0.5 },
        new NinBlock([4, 3], 3, 1, 1),
    ])
    { BatchNorm = true, LastReLU = false };

    public static IEnumerable<string> Names => Known.Keys;

    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static FileReader Of(string name)
    {
        NativeTorch.EnsureLoaded();
        return Known.TryGetValue(name, out var make)
            ? make()
            : throw new ArgumentException($"Unknown reader '{name}': expected {string.Join(", ", Names)}.");
    }

    private static FileReader Weights()
    {
        var network = new NinNetwork(Architecture, CPU);
        using var stream = new MemoryStream();
        SafeTensors.Write(stream, network);
        return new FileReader(
            "safetensors", stream.ToArray(), bytes => SafeTensors.ReadInto(new MemoryStream(bytes), "The file", network));
    }

    private static FileReader Model()
    {
        var description = new ModelDescription(
            Architecture, new Normalization([100], [50]), NinImageLayout.Flat(new NinImageShape(1, 12, 12)), 16,
            NinTrainer.Precision.Auto, "Features", [new NinEpoch { Epoch = 1, TrainLoss = 0.5, ValidationLoss = 0.6 }]);
        using var network = new NinNetwork(Architecture, CPU);
        using var stream = new MemoryStream();
        ModelEntry.Write(stream, description, network);
        return new FileReader("model", stream.ToArray(), bytes => ModelEntry.Read(new MemoryStream(bytes)).Network.Dispose());
    }

    /// <summary>The hash that a checkpoint ends with is made anew, or no mutation would come past it.</summary>
    private static FileReader CheckpointOf()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        new CheckpointFile
        {
            Header = new CheckpointHeader
            {
                State = CheckpointState.Running,
                Seed = 1,
                Identity = new(StringComparer.Ordinal) { ["seed"] = "1", ["network"] = "small" },
                Plan = default,
                BatchNormUpdates = 3,
                OptimizerSteps = 4,
                Seconds = 1.5,
                History = [new NinEpoch { Epoch = 1, TrainLoss = double.NaN }],
            },
            Parts = new Dictionary<string, byte[]> { ["network"] = new byte[16], ["optimizer"] = new byte[8] },
        }.Write(path);
        var valid = File.ReadAllBytes(path)[..^SHA256.HashSizeInBytes];
        return new FileReader("checkpoint", valid, bytes =>
        {
            File.WriteAllBytes(path, [.. bytes, .. SHA256.HashData(bytes)]);
            CheckpointFile.Read(path);
        });
    }
}
