using System.Globalization;

namespace Nin.MLNet.Benchmarks;

/// <summary>Two builds of this program side by side: which is the faster, and by how much.</summary>
internal static class PairedBuilds
{
    /// <summary>Prints the median over the rounds of what build <paramref name="a"/> does over what build <paramref name="b"/> does.</summary>
    /// <exception cref="InvalidOperationException">One of them fails, or uses another number of threads.</exception>
    public static void Print(string a, string b, IReadOnlyList<string> run, int rounds, int threads)
    {
        Console.WriteLine(Machine.Describe(threads));
        var (first, second) = (Contender.Self($"A ({a})", threads, run, a), Contender.Self($"B ({b})", threads, run, b));
        var pairs = new List<(double A, double B)>();
        for (var round = 0; round < rounds; round++)
        {
            // In turns the first to run, so that a machine that warms up or cools down favours neither.
            var (x, y) = round % 2 == 0 ? (Median(first), Median(second)) : default;
            if (round % 2 == 1)
                (y, x) = (Median(second), Median(first));
            pairs.Add((x, y));
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round + 1}/{rounds}: A {x:N1}, B {y:N1}, A over B {x / y:F3}"));
        }

        var ratios = pairs.Select(pair => pair.A / pair.B).ToList();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Join(' ', run)}: A {Statistics.Median(pairs.Select(pair => pair.A)):N1}, B {Statistics.Median(pairs.Select(pair => pair.B)):N1}; A over B: median {Statistics.Median(ratios):F3}, min {ratios.Min():F3}, max {ratios.Max():F3}, n {rounds}, {threads} thread(s)"));
    }

    private static double Median(Contender contender) =>
        contender.Run()?.Median ?? throw new InvalidOperationException($"{contender.Name} gave no figure; what it said stands above.");
}
