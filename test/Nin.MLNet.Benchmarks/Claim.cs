using System.Globalization;

namespace Nin.MLNet.Benchmarks;

/// <summary>A claimed figure, computed within each round, with its goal on each kind of processor.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="InRound">Its value in one round; null if one of its sides is absent.</param>
/// <param name="Sides">The contenders whose figures it is computed from; all use the same number of threads.</param>
internal sealed record Claim(string Name, Func<Rounds, int, double?> InRound, params string[] Sides)
{
    public Goal? OnBFloat16 { get; init; }

    public Goal? OnAvx2 { get; init; }

    /// <summary>The same goal everywhere.</summary>
    public Goal Everywhere
    {
        init => (OnBFloat16, OnAvx2) = (value, value);
    }

    /// <summary>Text appended to the name after measuring: which variant was the best.</summary>
    public Func<Rounds, string> Note { get; init; } = _ => "";

    /// <summary>Whether it applies to this kind of processor: it has a goal there, or no goal anywhere.</summary>
    public bool BelongsTo(ProcessorKind kind) => GoalOn(kind) is not null || (OnBFloat16 is null && OnAvx2 is null);

    public Goal? GoalOn(ProcessorKind kind) => kind switch
    {
        ProcessorKind.BFloat16 => OnBFloat16,
        ProcessorKind.Avx2 => OnAvx2,
        _ => null,
    };

    /// <summary>Claim, goal, median, min, max, n, threads, met.</summary>
    public string[] Row(Rounds rounds, ProcessorKind kind)
    {
        if (!BelongsTo(kind))
        {
            var elsewhere = OnBFloat16 is not null ? $"{OnBFloat16} (bf16)" : $"{OnAvx2} (AVX2)";
            return [Name, elsewhere, "other processor", "", "", "", "", ""];
        }

        var goal = GoalOn(kind);
        var values = Enumerable.Range(0, rounds.Count).Select(round => InRound(rounds, round)).OfType<double>().ToList();
        if (values.Count == 0)
            return [Name, $"{goal}", "absent", "", "", "0", "", ""];
        var median = Statistics.Median(values);
        return
        [
            Name + Note(rounds), $"{goal}", Text(median), Text(values.Min()), Text(values.Max()),
            Text(values.Count), Text(rounds.ThreadsOf(Sides)), goal is null ? "" : goal.IsMet(median) ? "yes" : "no",
        ];
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
