using static Nin.MLNet.Benchmarks.Contenders;

namespace Nin.MLNet.Benchmarks;

/// <summary>The claims and their goals.</summary>
internal static class Claims
{
    private const string Large = "large", Small = "small";

    public static IEnumerable<Claim> All() =>
        [.. Training(), .. Scoring(Large, 1.9, 2.4), .. Scoring(Small, 1.5, 4), .. OnePrediction(), .. BesideOthers()];

    private static IEnumerable<Claim> Training()
    {
        yield return Ratio("large: training over stock TorchSharp float32", Large + Train, Large + TrainStock)
            with
        { OnBFloat16 = Goal.AtLeast(13) };
        yield return Ratio("large: float32 training over stock TorchSharp", Large + TrainFloat32, Large + TrainStock)
            with
        { OnBFloat16 = Goal.AtLeast(7) };
        yield return OverBest("large: training over the best PyTorch", Large + Train, Large + TrainPyTorch)
            with
        { OnBFloat16 = Goal.AtLeast(1.25) };
        yield return Ratio("large: training over the bare loop", Large + Train, Large + TrainBare)
            with
        { Everywhere = Goal.AtLeast(0.97) };
        yield return Roof("large: FLOP/s of training", Large + Train, "bfloat16", Workload.Large.TrainingGigaflop)
            with
        { OnBFloat16 = Goal.AtLeast(0.80) };
        yield return Roof("large: FLOP/s of float32 training", Large + TrainFloat32, "float32", Workload.Large.TrainingGigaflop);
        yield return Ratio("small: training over stock TorchSharp float32", Small + Train, Small + TrainStock)
            with
        { OnAvx2 = Goal.AtLeast(1.6) };
        yield return OverBest("small: training over the best PyTorch", Small + Train, Small + TrainPyTorch)
            with
        { OnBFloat16 = Goal.AtLeast(1.25), OnAvx2 = Goal.AtLeast(1.4) };
        yield return Ratio("small: training over the bare loop", Small + Train, Small + TrainBare)
            with
        { Everywhere = Goal.AtLeast(0.97) };
        yield return Roof("small: FLOP/s of training", Small + Train, "float32", Workload.Small.TrainingGigaflop)
            with
        { OnAvx2 = Goal.AtLeast(0.9) };
    }

    private static IEnumerable<Claim> Scoring(string size, double overRuntime, double overTransformer)
    {
        yield return OverBest($"{size}: Transform over the best PyTorch", size + Score, size + ScorePyTorch)
            with
        { OnBFloat16 = Goal.AtLeast(1.25) };
        yield return Ratio($"{size}: Transform over ONNX Runtime, batch 128", size + Score, size + ScoreRuntime)
            with
        { OnBFloat16 = Goal.AtLeast(overRuntime), OnAvx2 = Goal.AtLeast(1.25) };
        yield return Ratio($"{size}: Transform over OnnxTransformer", size + Score, size + ScoreTransformer)
            with
        { OnBFloat16 = Goal.AtLeast(overTransformer), OnAvx2 = Goal.AtLeast(1.6) };
        yield return Ratio($"{size}: Transform over the bare loop", size + Score, size + ScoreBare)
            with
        { Everywhere = Goal.AtLeast(0.95) };
        if (size == Large)
            yield return Roof("large: FLOP/s of Transform", Large + Score, "bfloat16", Workload.Large.ScoringGigaflop);
    }

    private static IEnumerable<Claim> OnePrediction()
    {
        foreach (var size in new[] { Large, Small })
        {
            yield return Of($"{size}: PredictionEngine p50 over a bare forward", size + Prediction, figures => figures[0] / figures[2])
                with
            { Everywhere = Goal.AtMost(1.10) };
            yield return Of($"{size}: PredictionEngine p99 over p50", size + Prediction, figures => figures[1] / figures[0])
                with
            { Everywhere = Goal.AtMost(2) };
        }

        var alone = Small + Prediction;
        yield return Of("small: one prediction on one thread, p50 in ms", alone, figures => figures[0] / 1000)
            with
        { OnAvx2 = Goal.AtMost(1.2) };
        yield return Of("small: one prediction on one thread, p99 over p50", alone, figures => figures[1] / figures[0])
            with
        { OnAvx2 = Goal.AtMost(2) };
    }

    private static IEnumerable<Claim> BesideOthers()
    {
        yield return Ratio("small: training beside a busy process over alone", Small + TrainBeside, Small + Train)
            with
        { Everywhere = Goal.AtLeast(0.6) };
        yield return Ratio("small: Transform beside a busy process over alone", Small + ScoreBeside, Small + Score)
            with
        { Everywhere = Goal.AtLeast(0.6) };
    }

    private static Claim Ratio(string name, string numerator, string denominator) =>
        new(name, (rounds, round) => rounds.Ratio(numerator, denominator, round), numerator, denominator);

    /// <summary>FLOP/s of a contender that needs so many GFLOP per image, over those of a matrix product in a given precision.</summary>
    private static Claim Roof(string name, string contender, string precision, double gigaflop)
    {
        var product = Product + precision;
        var title = $"{name} over the best {precision} matrix product's";
        return new Claim(title, (rounds, round) => gigaflop * rounds.Ratio(contender, product, round), contender, product);
    }

    /// <summary>Relative to the fastest variant of the same round; the note names which one that was.</summary>
    private static Claim OverBest(string name, string numerator, string variants)
    {
        return new Claim(name, InRound, numerator, variants) { Note = Winners };

        double? InRound(Rounds rounds, int round) => rounds.Best(variants, round) is { } best ? rounds.Ratio(numerator, best, round) : null;

        string Winners(Rounds rounds) =>
            $" ({string.Join("; ", rounds.Winners(variants).Select(winner => $"{winner.Name}: {winner.Times} of {rounds.Count}"))})";
    }

    private static Claim Of(string name, string contender, Func<IReadOnlyList<double>, double> figure) =>
        new(name, (rounds, round) => rounds[contender, round] is { } measured ? figure(measured.Figures) : null, contender);
}
