using System.Security.Cryptography;
using Nin.MLNet.Training.Callbacks;

namespace Nin.MLNet.Stress.Samples;

/// <summary>A checkpoint that comes from no training but has everything that a real one has.</summary>
internal static class CheckpointSample
{
    private const int NetworkBytes = 4_096, OptimizerBytes = 2_048;

    /// <summary>Writes it and returns its bytes.</summary>
    public static byte[] WriteTo(string path, int networkBytes = NetworkBytes, int optimizerBytes = OptimizerBytes)
    {
        var (network, optimizer) = (new byte[networkBytes], new byte[optimizerBytes]);
        var random = new Random(1);
        random.NextBytes(network);
        random.NextBytes(optimizer);
        new CheckpointFile
        {
            Header = new CheckpointHeader
            {
                State = CheckpointState.Running,
                Seed = 1,
                Identity = new(StringComparer.Ordinal) { ["seed"] = "1", ["network"] = "small" },
                Ranks = 1,
                StepsPerEpoch = 5,
                Plan = default,
                BatchNormUpdates = 3,
                OptimizerSteps = 4,
                Seconds = 1.5,
                History = [new NinEpoch { Epoch = 1, TrainLoss = double.NaN }],
            },
            Parts = new Dictionary<string, byte[]> { ["network"] = network, ["optimizer"] = optimizer },
        }.Write(path);
        return File.ReadAllBytes(path);
    }

    /// <summary>
    /// Whether a position, in a file of the usual size, lies in the bytes of a part rather than in what describes the parts.
    /// </summary>
    public static bool IsInAPart(byte[] file, int place)
    {
        var end = file.Length - SHA256.HashSizeInBytes;
        var optimizer = end - OptimizerBytes;
        var network = optimizer - sizeof(long) - "optimizer".Length - sizeof(long) - NetworkBytes;
        return (place >= network && place < network + NetworkBytes) || (place >= optimizer && place < end);
    }
}
