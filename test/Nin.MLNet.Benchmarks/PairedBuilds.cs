using System.Globalization;

namespace Nin.MLNet.Benchmarks;

/// <summary>Two builds of this program side by side: which one is faster, and by how much.</summary>
internal static class PairedBuilds
{
    /// <summary>Prints the ratio of build <paramref name="a"/> to build <paramref name="b"/>, as a median over the rounds.</summary>
    /// <exception cref="InvalidOperationException">One of them fails, or uses a different number of threads.</exception>
    public static void Print(string a, string b, IReadOnlyList<string> run, int rounds, int threads)
    {
        Console.WriteLine(Machine.Describe(threads));
        var (first, second) = (Contender.Self($"A ({a})", threads, run, a), Contender.Self($"B ({b})", threads, run, b));
        var pairs = new List<(double A, double B)>();
        for (var round = 0; round < rounds; round++)
        {
            // They take turns at going first, so that a machine that warms up or cools down favours neither.
            var (x, y) = round % 2 == 0 ? (Median(first), Median(second)) : default;
            if (round % 2 == 1)
                (y, x) = (Median(second), Median(first));
            pairs.Add((x, y));
            Console.Error.WriteLine($"round {round + 1}/{rounds}: A {Text(x)}, B {Text(y)}, A over B {Text(x / y)}");
        }

        var ratios = pairs.Select(pair => pair.A / pair.B).ToList();
        var (medianA, medianB) = (Statistics.Median(pairs.Select(pair => pair.A)), Statistics.Median(pairs.Select(pair => pair.B)));
        Console.WriteLine(
            $"{string.Join(' ', run)}: A {Text(medianA)}, B {Text(medianB)}; A over B: median {Text(Statistics.Median(ratios))}, " +
            $"min {Text(ratios.Min())}, max {Text(ratios.Max())}, n {rounds}, {threads} thread(s)");
    }

    private static string Text(double value) => value.ToString("N3", CultureInfo.InvariantCulture);

    private static double Median(Contender contender) =>
        contender.Run()?.Median ?? throw new InvalidOperationException($"{contender.Name} gave no figure; what it said stands above.");
}
