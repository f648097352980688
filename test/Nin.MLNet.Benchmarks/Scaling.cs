using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Spectre.Console;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// Processes that train together against one process with as many threads in total: same network, images and images per step.
/// </summary>
internal static class Scaling
{
    private const int Sums = 50, WarmUpSums = 10;

    /// <summary>How many numbers are summed in the check before sums are timed.</summary>
    private const int Checked = 1_000;

    /// <summary>Runs both in turns, as separate processes, and prints their speeds and the time to sum the gradient.</summary>
    /// <exception cref="InvalidOperationException">The cores cannot be divided evenly, or a contender fails.</exception>
    public static void Print(int rounds, int ranks, string workload)
    {
        var cores = Machine.Cores;
        if (ranks < 2 || cores % ranks != 0)
            throw new InvalidOperationException($"{cores} core(s) cannot be shared out among {ranks} ranks: give a divisor above 1.");
        var alone = Contender.Self("1 process", cores, ["train", workload, "auto"]);
        var together = Under(ranks, "together", workload, cores / ranks);
        var sum = Under(ranks, "sum-gradient", workload, cores / ranks);
        var half = Under(ranks, "sum-bfloat16", workload, cores / ranks);
        var pairs = new List<(double Alone, double Together, double Milliseconds, double Half)>();
        for (var round = 0; round < rounds; round++)
        {
            // They take turns at going first, so that a machine that warms up or cools down favours neither.
            var first = round % 2 == 0 ? Median(alone) : Median(together);
            var second = round % 2 == 0 ? Median(together) : Median(alone);
            var (milliseconds, inHalf) = (Median(sum), Median(half));
            pairs.Add(round % 2 == 0 ? (first, second, milliseconds, inHalf) : (second, first, milliseconds, inHalf));
        }

        var console = PlainConsole.Create();
        console.WriteLine(Machine.Describe(cores));
        var table = new Table().Border(TableBorder.Ascii).AddColumns($"{Workload.Of(workload).Name}", "median", "min", "max", "n");
        Add($"1 process, {cores} thread(s): training, images/s", pairs.Select(pair => pair.Alone));
        Add($"{ranks} ranks, {cores / ranks} thread(s) each: training, images/s", pairs.Select(pair => pair.Together));
        Add("ranks over process, in a round", pairs.Select(pair => pair.Together / pair.Alone));
        Add("adding up the gradient, ms", pairs.Select(pair => pair.Milliseconds));
        Add("the same in bfloat16, casts included, ms", pairs.Select(pair => pair.Half));
        console.Write(table);

        void Add(string name, IEnumerable<double> values)
        {
            var list = values.ToList();
            table.AddRow(name, Text(Statistics.Median(list)), Text(list.Min()), Text(list.Max()), $"{list.Count}");
        }
    }

    /// <summary>Images/s over all ranks in the last epochs of a rank's training with its share of the workload's batch.</summary>
    public static Measured Train(Workload workload, NinTrainer.Precision precision, int threads)
    {
        var (context, ranks) = (new MLContext(1), NinDistributed.Mpi());
        var options = workload.Options(precision, threads);
        (options.Distributed, options.BatchSize) = (ranks, options.BatchSize / ranks.Count);
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(workload.Data(context));
        return new Measured(threads, [.. model.Model.History.Skip(1).Select(epoch => epoch.ImagesPerSecond)]);
    }

    /// <summary>Milliseconds of each sum over the ranks.</summary>
    /// <param name="workload">The workload whose gradient is summed.</param>
    /// <param name="detail">How many floats to sum; if not a number, as many as the network has weights.</param>
    /// <param name="inBFloat16">Whether the numbers travel in bfloat16.</param>
    /// <param name="threads">Threads of the process.</param>
    public static Measured SumGradient(Workload workload, string detail, bool inBFloat16, int threads)
    {
        var ranks = NinDistributed.Mpi();
        var half = inBFloat16 ? new BFloat16Sum() : null;
        Check();
        var floats = int.TryParse(detail, CultureInfo.InvariantCulture, out var given) ? given : workload.Architecture.ParameterCount;
        var gradient = new float[floats];
        var milliseconds = new List<double>();
        for (var i = 0; i < WarmUpSums + Sums; i++)
        {
            var start = Stopwatch.GetTimestamp();
            Sum(gradient);
            if (i >= WarmUpSums)
                milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return new Measured(threads, milliseconds);

        void Sum(float[] values)
        {
            if (half is null)
                ranks.Sum(values);
            else
                half.Sum(values);
        }

        // These whole numbers are exact in bfloat16, so the sum is exact. If it is wrong, nothing is reported.
        void Check()
        {
            float[] values = [.. Enumerable.Range(0, Checked).Select(i => (float)(i % 16))];
            Sum(values);
            if (values.Where((value, i) => value != ranks.Count * (i % 16)).Any())
                throw new InvalidOperationException("The sum over the ranks is wrong.");
        }
    }

    /// <summary>Whether this process prints: it is alone, or the first of several.</summary>
    public static bool IsFirst => NinDistributed.MpiProcesses == 1 || NinDistributed.Mpi().Rank == 0;

    private static Contender Under(int ranks, string contender, string workload, int threads)
    {
        var (program, start) = Contender.Command("run");
        var (count, each) = (ranks.ToString(CultureInfo.InvariantCulture), threads.ToString(CultureInfo.InvariantCulture));
        return new Contender(
            $"{count} ranks: {contender}", null, "mpirun",
            ["-n", count, "--bind-to", "none", program, .. start, contender, workload, "auto", "--threads", each])
        {
            Environment = new Dictionary<string, string>
            {
                ["OMPI_ALLOW_RUN_AS_ROOT"] = "1",
                ["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1",
                ["OMP_NUM_THREADS"] = each,
                // Under mpirun a process has a terminal, whose control codes would be printed before the first figure.
                ["TERM"] = "dumb",
            },
        };
    }

    public static double Median(Contender contender) =>
        contender.Run()?.Median ?? throw new InvalidOperationException(
            $"{contender.Name} gave no figure; what it said stands above. It needs Open MPI (Debian: openmpi-bin).");

    private static string Text(double value) => value.ToString("N3", CultureInfo.InvariantCulture);
}
