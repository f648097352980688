using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Spectre.Console;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// Processes that train together against one process with as many threads as all of them: the same network, images and images a step.
/// </summary>
internal static class Scaling
{
    private const int Sums = 50, WarmUpSums = 10;

    /// <summary>Starts both in turns, as processes of their own, and prints their speeds and what adding up the gradient takes.</summary>
    /// <exception cref="InvalidOperationException">The cores cannot be shared out, or a contender fails.</exception>
    public static void Print(int rounds, int ranks, string workload)
    {
        var cores = Machine.Cores;
        if (ranks < 2 || cores % ranks != 0)
            throw new InvalidOperationException($"{cores} core(s) cannot be shared out among {ranks} ranks: give a divisor above 1.");
        var alone = Contender.Self("1 process", cores, ["train", workload, "auto"]);
        var together = Under(ranks, "together", workload, cores / ranks);
        var sum = Under(ranks, "sum-gradient", workload, cores / ranks);
        var pairs = new List<(double Alone, double Together, double Milliseconds)>();
        for (var round = 0; round < rounds; round++)
        {
            // In turns the first to run, so that a machine that warms up or cools down favours neither.
            var first = round % 2 == 0 ? Median(alone) : Median(together);
            var second = round % 2 == 0 ? Median(together) : Median(alone);
            pairs.Add(round % 2 == 0 ? (first, second, Median(sum)) : (second, first, Median(sum)));
        }

        var console = PlainConsole.Create();
        console.WriteLine(Machine.Describe(cores));
        var table = new Table().Border(TableBorder.Ascii).AddColumns($"{Workload.Of(workload).Name}", "median", "min", "max", "n");
        Add($"1 process, {cores} thread(s): training, images/s", pairs.Select(pair => pair.Alone));
        Add($"{ranks} ranks, {cores / ranks} thread(s) each: training, images/s", pairs.Select(pair => pair.Together));
        Add("ranks over process, in a round", pairs.Select(pair => pair.Together / pair.Alone));
        Add("adding up the gradient, ms", pairs.Select(pair => pair.Milliseconds));
        console.Write(table);

        void Add(string name, IEnumerable<double> values)
        {
            var list = values.ToList();
            table.AddRow(name, Text(Statistics.Median(list)), Text(list.Min()), Text(list.Max()), $"{list.Count}");
        }
    }

    /// <summary>Images/s, of all ranks, of the last epochs of a rank's training with its share of the workload's batch.</summary>
    public static Measured Train(Workload workload, NinTrainer.Precision precision, int threads)
    {
        var (context, ranks) = (new MLContext(1), NinDistributed.Mpi());
        var options = workload.Options(precision, threads);
        (options.Distributed, options.BatchSize) = (ranks, options.BatchSize / ranks.Count);
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(workload.Data(context));
        return new Measured(threads, [.. model.Model.History.Skip(1).Select(epoch => epoch.ImagesPerSecond)]);
    }

    /// <summary>Milliseconds of each sum over the ranks of as many floats as the network has weights.</summary>
    public static Measured SumGradient(Workload workload, int threads)
    {
        var ranks = NinDistributed.Mpi();
        var gradient = new float[workload.Architecture.ParameterCount];
        var milliseconds = new List<double>();
        for (var i = 0; i < WarmUpSums + Sums; i++)
        {
            var start = Stopwatch.GetTimestamp();
            ranks.Sum(gradient);
            if (i >= WarmUpSums)
                milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return new Measured(threads, milliseconds);
    }

    /// <summary>Whether it is for this process to print: alone, or the first of several.</summary>
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
                // Under mpirun a process has a terminal, whose control codes would come before the first figure.
                ["TERM"] = "dumb",
            },
        };
    }

    private static double Median(Contender contender) =>
        contender.Run()?.Median ?? throw new InvalidOperationException(
            $"{contender.Name} gave no figure; what it said stands above. It needs Open MPI (Debian: openmpi-bin).");

    private static string Text(double value) => value.ToString("N3", CultureInfo.InvariantCulture);
}
