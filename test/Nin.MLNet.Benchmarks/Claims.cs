using static Nin.MLNet.Benchmarks.Contenders;

namespace Nin.MLNet.Benchmarks;

/// <summary>What is claimed, with its goals.</summary>
internal static class Claims
{
    public static IEnumerable<Claim> All()
    {
        yield return Ratio("large: training over stock TorchSharp float32", "large" + Train, "large" + TrainStock) with { OnBFloat16 = Goal.AtLeast(13) };
        yield return Ratio("large: float32 training over stock TorchSharp", "large" + TrainFloat32, "large" + TrainStock) with { OnBFloat16 = Goal.AtLeast(7) };
        yield return OverBest("large: training over the best PyTorch", "large" + Train, "large" + TrainPyTorch) with { OnBFloat16 = Goal.AtLeast(1.25) };
        yield return Ratio("large: training over the bare loop", "large" + Train, "large" + TrainBare) with { Everywhere = Goal.AtLeast(0.97) };
        yield return Ratio("large: FLOP/s of training over the best bfloat16 matrix product's", "large" + Train, Product + "bfloat16", Workload.Large.TrainingGigaflop) with { OnBFloat16 = Goal.AtLeast(0.80) };
        yield return Ratio("large: FLOP/s of float32 training over the best float32 matrix product's", "large" + TrainFloat32, Product + "float32", Workload.Large.TrainingGigaflop);
        yield return Ratio("small: training over stock TorchSharp float32", "small" + Train, "small" + TrainStock) with { OnAvx2 = Goal.AtLeast(1.6) };
        yield return OverBest("small: training over the best PyTorch", "small" + Train, "small" + TrainPyTorch) with { OnBFloat16 = Goal.AtLeast(1.25), OnAvx2 = Goal.AtLeast(1.4) };
        yield return Ratio("small: training over the bare loop", "small" + Train, "small" + TrainBare) with { Everywhere = Goal.AtLeast(0.97) };
        yield return Ratio("small: FLOP/s of training over the best float32 matrix product's", "small" + Train, Product + "float32", Workload.Small.TrainingGigaflop) with { OnAvx2 = Goal.AtLeast(0.9) };
        foreach (var (size, runtime, transformer) in new[] { ("large", 1.9, 2.4), ("small", 1.5, 4) })
        {
            yield return OverBest($"{size}: Transform over the best PyTorch", size + Score, size + ScorePyTorch) with { OnBFloat16 = Goal.AtLeast(1.25) };
            yield return Ratio($"{size}: Transform over ONNX Runtime, batch 128", size + Score, size + ScoreRuntime) with { OnBFloat16 = Goal.AtLeast(runtime), OnAvx2 = Goal.AtLeast(1.25) };
            yield return Ratio($"{size}: Transform over OnnxTransformer", size + Score, size + ScoreTransformer) with { OnBFloat16 = Goal.AtLeast(transformer), OnAvx2 = Goal.AtLeast(1.6) };
            yield return Ratio($"{size}: Transform over the bare loop", size + Score, size + ScoreBare) with { Everywhere = Goal.AtLeast(0.95) };
        }

        yield return Ratio("large: FLOP/s of Transform over the best bfloat16 matrix product's", "large" + Score, Product + "bfloat16", Workload.Large.ScoringGigaflop);
        foreach (var size in new[] { "large", "small" })
        {
            yield return Predicting($"{size}: PredictionEngine p50 over a bare forward", size + Prediction, figures => figures[0] / figures[2]) with { Everywhere = Goal.AtMost(1.10) };
            yield return Predicting($"{size}: PredictionEngine p99 over p50", size + Prediction, figures => figures[1] / figures[0]) with { Everywhere = Goal.AtMost(2) };
        }

        yield return Predicting("small: one prediction on one thread, p50 in ms", "small" + PredictionOnOneThread, figures => figures[0] / 1000) with { OnAvx2 = Goal.AtMost(1.2) };
        yield return Predicting("small: one prediction on one thread, p99 over p50", "small" + PredictionOnOneThread, figures => figures[1] / figures[0]) with { OnAvx2 = Goal.AtMost(2) };
        yield return Ratio("small: training beside a busy process over alone", "small" + TrainBeside, "small" + Train) with { Everywhere = Goal.AtLeast(0.6) };
        yield return Ratio("small: Transform beside a busy process over alone", "small" + ScoreBeside, "small" + Score) with { Everywhere = Goal.AtLeast(0.6) };
    }

    private static Claim Ratio(string name, string numerator, string denominator, double factor = 1) =>
        new(name, (rounds, round) => factor * rounds.Ratio(numerator, denominator, round), numerator, denominator);

    /// <summary>Over the quickest variant of the same round; which one that was is told.</summary>
    private static Claim OverBest(string name, string numerator, string variants) =>
        new(name, (rounds, round) => rounds.Best(variants, round) is { } best ? rounds.Ratio(numerator, best, round) : null, numerator, variants)
        {
            Note = rounds => $" ({string.Join("; ", rounds.Winners(variants).Select(winner => $"{winner.Name}: {winner.Times} of {rounds.Count}"))})",
        };

    private static Claim Predicting(string name, string contender, Func<IReadOnlyList<double>, double> figure) =>
        new(name, (rounds, round) => rounds[contender, round] is { } measured ? figure(measured.Figures) : null, contender);
}
