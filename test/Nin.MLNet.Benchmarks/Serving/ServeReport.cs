using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Nin.MLNet.Benchmarks.Serving;

/// <summary>The sample server with each engine in turns, under load from this process.</summary>
internal static class ServeReport
{
    /// <summary>In the first seconds the runtime recompiles hot methods on a core that requests need.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    public static void Print(int requests, int rounds, IReadOnlyList<int> connections)
    {
        // Each prediction takes one.
        var header = Machine.Describe(threads: 1);
        var folder = Directory.CreateTempSubdirectory();
        ServedModel.Write(folder.FullName);
        var engines = Engine.All.Where(engine => File.Exists(ServedModel.File(folder.FullName, engine))).ToList();
        var body = File.ReadAllBytes(ServedModel.Upload(folder.FullName));
        var settings = (from isDisturbed in new[] { false, true } from count in connections select (isDisturbed, count)).ToList();
        var runs = settings.SelectMany(setting => engines.Select(engine => (setting, engine)))
            .ToDictionary(run => run, _ => new List<Served>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (run, found) in runs)
            {
                var served = Measure(run.engine, run.setting.isDisturbed, run.setting.count);
                found.Add(served);
                Console.Error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"round {round + 1}: {Name(run.setting)}: {run.engine}: {served.Load.Rate:N0} requests/s"));
            }
        }

        folder.Delete(recursive: true);
        var console = PlainConsole.Create();
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{header}, {requests:N0} requests a run, {rounds} round(s) interleaved"));
        console.Write(Figures(runs));
        if (engines.Count < Engine.All.Count)
            console.WriteLine("ONNX Runtime is absent: there is no PyTorch to export the network with.");
        else
            console.Write(Ratios(settings, runs));

        Served Measure(string engine, bool isDisturbed, int count)
        {
            using var server = new ServerProcess(engine, ServedModel.File(folder.FullName, engine));
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < WarmUp;)
                ServerLoad.Run(server.Port, body, count, 500);
            var before = server.Resident;
            using var busy = isDisturbed ? new BusyProcess() : null;
            var load = ServerLoad.Run(server.Port, body, count, requests);
            return new Served(load, before, server.Resident);
        }
    }

    private static Table Figures(Dictionary<((bool, int) Setting, string Engine), List<Served>> runs)
    {
        var table = new Table().Border(TableBorder.Ascii).AddColumns(
            "load", "engine", "requests/s", "min", "max", "p50, ms", "p99, ms", "errors", "MB before", "MB after", "n");
        foreach (var ((setting, engine), found) in runs)
        {
            table.AddRow(
                Name(setting), engine, Text(Median(run => run.Load.Rate)), Text(found.Min(run => run.Load.Rate)),
                Text(found.Max(run => run.Load.Rate)), Text(Median(run => run.Load.P50)), Text(Median(run => run.Load.P99)),
                Text(found.Sum(run => run.Load.Errors)), Text(Median(run => run.Before)), Text(Median(run => run.After)),
                Text(found.Count));

            double Median(Func<Served, double> figure) => Statistics.Median(found.Select(figure));
        }

        return table;
    }

    /// <summary>Ours divided by the peer's of the same round.</summary>
    private static Table Ratios(
        IEnumerable<(bool, int)> settings, Dictionary<((bool, int) Setting, string Engine), List<Served>> runs)
    {
        var (more, noWorse) = (Goal.AtLeast(1.5), Goal.AtMost(1));
        var table = new Table().Border(TableBorder.Ascii).AddColumns("nin over onnx", "figure", "goal", "median", "min", "max", "n", "met");
        foreach (var setting in settings)
        {
            Row("requests/s", more, load => load.Rate);
            Row("p99", noWorse, load => load.P99);

            void Row(string figure, Goal goal, Func<ServerLoad, double> of)
            {
                var ratios = runs[(setting, Engine.Nin)]
                    .Zip(runs[(setting, Engine.Onnx)], (ours, peer) => of(ours.Load) / of(peer.Load)).ToList();
                var median = Statistics.Median(ratios);
                table.AddRow(
                    Name(setting), figure, goal.ToString(), Text(median), Text(ratios.Min()), Text(ratios.Max()), Text(ratios.Count),
                    goal.IsMet(median) ? "yes" : "no");
            }
        }

        return table;
    }

    private static string Name((bool IsDisturbed, int Connections) setting) => string.Create(
        CultureInfo.InvariantCulture, $"{setting.Connections} connection(s){(setting.IsDisturbed ? ", busy neighbour" : "")}");

    private static string Text(double value) => value.ToString(value < 100 ? "0.##" : "N0", CultureInfo.InvariantCulture);

    private sealed record Served(ServerLoad Load, double Before, double After);
}
