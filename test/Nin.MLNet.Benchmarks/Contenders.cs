namespace Nin.MLNet.Benchmarks;

/// <summary>The contenders of each round, in running order: those that are compared with each other run next to each other.</summary>
internal static class Contenders
{
    public const string Product = "matrix product, GFLOP/s: ";
    public const string Train = ": training, images/s: Trainers.Nin";
    public const string TrainFloat32 = ": training, images/s: Trainers.Nin, float32";
    public const string TrainBare = ": training, images/s: bare loop";
    public const string TrainStock = ": training, images/s: stock TorchSharp, float32";
    public const string TrainPyTorch = ": training, images/s: PyTorch, ";
    public const string TrainBeside = ": training, images/s: Trainers.Nin beside a busy process";
    public const string Score = ": scoring, images/s: Transform";
    public const string ScoreBare = ": scoring, images/s: bare loop";
    public const string ScorePyTorch = ": scoring, images/s: PyTorch, ";
    public const string ScoreRuntime = ": scoring, images/s: ONNX Runtime";
    public const string ScoreTransformer = ": scoring, images/s: OnnxTransformer";
    public const string ScoreBeside = ": scoring, images/s: Transform beside a busy process";
    public const string Prediction = ": one prediction, us: p50 / p99 / bare p50 / bare p99";
    private const double PyTorchSeconds = 3;
    private static readonly Dictionary<string, string> StockAllocator = new() { ["NIN_NATIVE_ALLOCATOR"] = "off" };

    /// <summary>All of them.</summary>
    /// <param name="kind">Decides whether float32 gets its own row beside the default precision.</param>
    /// <param name="threads">The number of threads for every contender, except where the measurement is of one thread.</param>
    /// <param name="folder">Where large.onnx and small.onnx are.</param>
    /// <param name="pyTorch">The variants of the PyTorch peer for a network, for training (true) or scoring.</param>
    public static IEnumerable<Contender> All(
        ProcessorKind kind, int threads, string folder, Func<string, bool, IReadOnlyList<PyTorchPeer>> pyTorch)
    {
        yield return Self(Product + "float32", "matmul", "large", "float32");
        if (kind == ProcessorKind.BFloat16)
            yield return Self(Product + "bfloat16", "matmul", "large", "bfloat16");
        foreach (var size in new[] { "large", "small" })
        {
            yield return Self(size + TrainBare, "bare-train", size);
            yield return Self(size + Train, "train", size);
            foreach (var peer in pyTorch(size, true))
                yield return peer.Contender($"{size}{TrainPyTorch}{peer}", size, "train", threads, PyTorchSeconds);
            if (kind == ProcessorKind.BFloat16)
                yield return Self(size + TrainFloat32, "train", size, "float32");
            yield return Self(size + TrainStock, "stock-train", size) with { Environment = StockAllocator };
            yield return Self(size + ScoreBare, "bare-score", size);
            yield return Self(size + Score, "transform", size);
            foreach (var peer in pyTorch(size, false))
                yield return peer.Contender($"{size}{ScorePyTorch}{peer}", size, "score", threads, PyTorchSeconds);
            yield return Self(size + ScoreRuntime, "onnx-runtime", size, Path.Combine(folder, $"{size}.onnx"));
            yield return Self(size + ScoreTransformer, "onnx-transformer", size, Path.Combine(folder, $"{size}.onnx"));
            yield return Contender.Self(size + Prediction, 1, ["predict", size]);
        }

        yield return Self("small" + TrainBeside, "train", "small") with { IsDisturbed = true };
        yield return Self("small" + ScoreBeside, "transform", "small") with { IsDisturbed = true };

        Contender Self(string name, params string[] arguments) => Contender.Self(name, threads, arguments);
    }
}
