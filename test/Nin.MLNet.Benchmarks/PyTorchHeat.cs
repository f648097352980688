using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// Runs every variant of the PyTorch peer once, briefly, to find the few that could be the fastest; those run in every round.
/// </summary>
internal sealed class PyTorchHeat(string size, IReadOnlyList<(PyTorchPeer Peer, Measured? Measured)> runs)
{
    private const double DefaultSeconds = 0.6;

    /// <summary>A variant that takes this much longer than the fastest so far, start-up included, cannot win and is stopped.</summary>
    private const double GivenUpAfter = 1.5, SecondsAtLeast = 2;

    /// <param name="size">The workload.</param>
    /// <param name="kind">Which variants there are.</param>
    /// <param name="threads">Threads of each.</param>
    /// <param name="width">Width of the small network.</param>
    /// <param name="seconds">Length of each measurement.</param>
    public static PyTorchHeat Run(string size, ProcessorKind kind, int threads, int width = 32, double seconds = DefaultSeconds)
    {
        var quickest = TimeSpan.FromMinutes(2);
        var runs = new List<(PyTorchPeer, Measured?)>();
        foreach (var peer in PyTorchPeer.All(kind))
        {
            var clock = Stopwatch.StartNew();
            var contender = peer.Contender($"{size}: PyTorch, {peer}", size, "both", threads, seconds, width);
            var measured = (contender with { Limit = (quickest * GivenUpAfter) + TimeSpan.FromSeconds(SecondsAtLeast) }).Run();
            if (measured is not null && clock.Elapsed < quickest)
                quickest = clock.Elapsed;
            runs.Add((peer, measured));
            Console.Error.WriteLine($"heat: {contender.Name}");
        }

        return new PyTorchHeat(size, runs);
    }

    /// <summary>The fastest variants in training or in scoring.</summary>
    public IReadOnlyList<PyTorchPeer> Finalists(bool training, int count) =>
    [
        .. runs.Where(run => run.Measured is not null).OrderByDescending(run => run.Measured!.Figures[training ? 0 : 1])
            .Take(count).Select(run => run.Peer),
    ];

    public void AddTo(Table table)
    {
        foreach (var (peer, measured) in runs)
            table.AddRow(size, peer.ToString(), Text(measured?.Figures[0]), Text(measured?.Figures[1]));
    }

    private static string Text(double? figure) => figure?.ToString("N0", CultureInfo.InvariantCulture) ?? "absent or given up";
}
