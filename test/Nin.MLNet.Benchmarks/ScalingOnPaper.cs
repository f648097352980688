using System.Globalization;
using Spectre.Console;

namespace Nin.MLNet.Benchmarks;

/// <summary>What many machines like this one would do: its speed is measured, the rest is calculated (<see cref="NetworkLink"/>).</summary>
internal static class ScalingOnPaper
{
    /// <summary>Latency in microseconds from one program to another over TCP and a switch; an assumption.</summary>
    public const double UsualAlpha = 50;

    /// <summary>
    /// Small sums and broadcasts per step besides the gradient: figures, plan, and batch norm (one) or the classes' outputs (two).
    /// </summary>
    private const int SmallMessages = 4;

    /// <summary>Share of a step in which gradients become available: the backward pass, as the forward pass takes a third.</summary>
    private const double BackwardShare = 2.0 / 3;
    private const int SmallestShare = 16, StepOfAll = 8_192;
    private static readonly int[] Ranks = [8, 16, 32, 64, 128, 256, 512, 1_024];

    /// <param name="rounds">How often each network's speed is measured.</param>
    /// <param name="speeds">Images/s of the default network and of the book's, if already measured; empty: measures them.</param>
    /// <param name="alpha">Microseconds from one program to another.</param>
    /// <exception cref="InvalidOperationException">Only one speed, or a speed that is not positive.</exception>
    public static void Print(int rounds, double[] speeds, double alpha)
    {
        if (speeds.Length is not (0 or 2) || speeds.Any(speed => !(speed > 0)))
            throw new InvalidOperationException("--speeds are two numbers above 0: images/s of the default network and of the book's.");
        NetworkLink[] links = [.. new[] { 1.0, 10, 25 }.Select(gigabits => new NetworkLink(gigabits, alpha * 1e-6))];
        var console = PlainConsole.Create();
        console.WriteLine(Machine.Describe(Machine.Cores));
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"assumed: {alpha:N0} us a message, {SmallMessages} small sums a step beside the gradient's, time in proportion to " +
            $"images, no rank slower than another, cables in both directions that share nothing"));
        foreach (var (i, name) in new[] { "small", "large" }.Index())
        {
            var (workload, origin) = (Workload.Of(name), speeds.Length > 0 ? "given" : $"measured, n = {rounds}");
            var job = new Job(workload, speeds.Length > 0 ? speeds[i] : Measure(name, rounds));
            console.WriteLine();
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{workload.Name}: {job.ImagesPerSecond:N1} images/s ({origin}), a gradient of {job.Bytes / 1e6:N2} MB"));
            Table(
                console, links, $"share of perfect speed, {workload.BatchSize} images a rank",
                (link, ranks) => job.Efficiency(link, ranks));
            Table(
                console, links, string.Create(CultureInfo.InvariantCulture, $"the same, {StepOfAll:N0} images a step in all"),
                (link, ranks) => StepOfAll / ranks < SmallestShare ? null : job.Efficiency(link, ranks, StepOfAll / (double)ranks));
            Remedies(console, links[0], job);
        }
    }

    private static double Measure(string workload, int rounds)
    {
        var alone = Contender.Self("1 process", Machine.Cores, ["train", workload, "auto"]);
        return Statistics.Median([.. Enumerable.Range(0, rounds).Select(_ => Scaling.Median(alone))]);
    }

    private static void Table(IAnsiConsole console, NetworkLink[] links, string title, Func<NetworkLink, int, double?> efficiency)
    {
        var table = new Table().Border(TableBorder.Ascii).AddColumns([title, .. Ranks.Select(ranks => $"{ranks}")]);
        foreach (var link in links)
            table.AddRow([$"{link.Gigabits} Gbit/s", .. Ranks.Select(ranks => Percent(efficiency(link, ranks)))]);
        console.Write(table);
    }

    /// <summary>The slowest link, with a fixed step shared by more and more ranks.</summary>
    private static void Remedies(IAnsiConsole console, NetworkLink link, Job job)
    {
        var title = string.Create(CultureInfo.InvariantCulture, $"{link.Gigabits} Gbit/s, {StepOfAll:N0} images a step in all");
        var table = new Table().Border(TableBorder.Ascii).AddColumns([title, .. Ranks.Select(ranks => $"{ranks}")]);
        Row("as it is", (ranks, share) => job.Efficiency(link, ranks, share));
        Row("gradient in bfloat16", (ranks, share) => job.Efficiency(link, ranks, share, bytesPerNumber: 2));
        Row("sums beside the backward pass", (ranks, share) => job.Efficiency(link, ranks, share, overlaps: true));
        Row("four times the images a step", (ranks, share) => job.Efficiency(link, ranks, 4 * share));
        console.Write(table);

        void Row(string name, Func<int, double, double> efficiency) => table.AddRow(
        [
            name,
            .. Ranks.Select(ranks => Percent(StepOfAll / ranks < SmallestShare ? null : efficiency(ranks, StepOfAll / (double)ranks))),
        ]);
    }

    private static string Percent(double? share) => share?.ToString("0 %", CultureInfo.InvariantCulture) ?? "-";

    /// <summary>A network on a machine.</summary>
    private sealed record Job(Workload Workload, double ImagesPerSecond)
    {
        public double Bytes => Workload.Architecture.ParameterCount * (double)sizeof(float);

        /// <summary>A rank's step time when alone, divided by its step time among others.</summary>
        /// <param name="link">The link between them.</param>
        /// <param name="ranks">The number of ranks.</param>
        /// <param name="images">Images per step of a rank; default: the workload's.</param>
        /// <param name="bytesPerNumber">Bytes sent per number of the gradient.</param>
        /// <param name="overlaps">Whether the gradient is summed while the backward pass is still running.</param>
        public double Efficiency(NetworkLink link, int ranks, double? images = null, int bytesPerNumber = 4, bool overlaps = false)
        {
            var work = (images ?? Workload.BatchSize) / ImagesPerSecond;
            var gradient = link.Allreduce(ranks, Bytes * bytesPerNumber / sizeof(float));
            var small = SmallMessages * link.Allreduce(ranks, sizeof(double));
            var hidden = overlaps ? Math.Min(gradient, BackwardShare * work) : 0;
            return work / (work + gradient + small - hidden);
        }
    }
}
