using System.Text.Json;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

/// <summary>Twenty random architectures score as in PyTorch 1.13: pytorch/random_architectures.py wrote the expected logits.</summary>
[TestClass]
public sealed class RandomArchitecturesTests
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    public static IEnumerable<object[]> All => Enumerable.Range(0, 20).Select(number => new object[] { number });

    [TestMethod]
    [DynamicData(nameof(All))]
    public void Forward_RandomArchitecture_GivesPyTorchsLogits(int number)
    {
        var file = Path.Combine(Repository.Root, "test", "Nin.MLNet.Tests", "Network", "pytorch", "random_architectures.json");
        var expected = JsonSerializer.Deserialize<Described[]>(File.ReadAllText(file), Web)![number];
        var architecture = new NinArchitecture(expected.Channels, [.. expected.Blocks.Select(Block)])
        {
            BatchNorm = expected.BatchNorm,
            LastReLU = expected.LastReLU,
        };
        using var network = new NinNetwork(architecture, CPU);
        using var scope = NewDisposeScope();
        Fill(network);
        var (zeros, ones) = (Enumerable.Repeat(0f, expected.Channels), Enumerable.Repeat(1f, expected.Channels));
        using var scoring = new InferenceNetwork(network, new Normalization([.. zeros], [.. ones]), null, NinTrainer.Precision.Float32);
        long[] shape = [2, expected.Channels, expected.Side, expected.Side];

        var logits = scoring.Forward(Sines(shape, 0.5).to(float32)).data<float>().ToArray();

        var largest = expected.Logits.Max(Math.Abs);
        Assert.HasCount(expected.Logits.Length, logits);
        for (var i = 0; i < logits.Length; i++)
            Assert.AreEqual(expected.Logits[i], logits[i], 1e-4 * Math.Max(1, largest), $"logit {i} of {architecture}");
    }

    private static NinBlock Block(DescribedBlock block) => new(block.Channels, block.Kernel, block.Stride, block.Padding)
    {
        Pooling = block.Pooling is not [var kind, var size, var step, var padding]
            ? null
            : new NinPooling(
                Enum.Parse<NinPoolingKind>(kind.GetString()!), size.GetInt32(), step.GetInt32(), padding.GetInt32()),
    };

    private static void Fill(NinNetwork network)
    {
        using var _ = no_grad();
        foreach (var ((name, value), salt) in network.State.Select((entry, place) => (entry, place)))
        {
            var drawn = Sines(value.shape, salt);
            if (name.EndsWith("running_var", StringComparison.Ordinal))
                drawn = 1 + (drawn * drawn);
            else if (value.shape.Length == 4)
                drawn = drawn * 2 / Math.Sqrt(value.shape[1] * value.shape[2] * value.shape[3]);
            value.copy_(drawn.to(float32));
        }
    }

    private static Tensor Sines(long[] shape, double salt) =>
        tensor(Enumerable.Range(0, (int)shape.Aggregate((size, side) => size * side)).Select(i => Math.Sin((0.7 * i) + salt)).ToArray())
            .view(shape);

    private sealed record Described(
        int Side, int Channels, bool BatchNorm, bool LastReLU, DescribedBlock[] Blocks, double[] Logits);

    private sealed record DescribedBlock(int[] Channels, int Kernel, int Stride, int Padding, JsonElement[]? Pooling);
}
