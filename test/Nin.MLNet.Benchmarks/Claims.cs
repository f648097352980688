using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Spectre.Console;

namespace Nin.MLNet.Benchmarks;

/// <summary>Runs every contender in turns and prints medians, then the ratios that are claimed, each round's against its own neighbours.</summary>
internal static class Claims
{
    private const double GigaflopPerImage = 4.57;
    private const string Jemalloc = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2";

    private const string Prediction = ": one prediction, us: p50, p99, bare p50, bare p99";

    public static void Print(int rounds, string? only)
    {
        var folder = Directory.CreateTempSubdirectory();
        var contenders = Contenders(folder.FullName).Where(contender => only is null || contender.Name.Contains(only, StringComparison.Ordinal)).ToList();
        var figures = contenders.ToDictionary(contender => contender.Name, _ => new List<IReadOnlyList<double>?>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var contender in contenders)
            {
                figures[contender.Name].Add(contender.Run());
                Console.Error.WriteLine($"round {round + 1}/{rounds}: {contender.Name}");
            }
        }

        folder.Delete(recursive: true);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No });
        console.Profile.Width = 120;
        console.WriteLine($"{Environment.ProcessorCount} core(s), {Processor()}, {RuntimeInformation.OSDescription}, .NET {Environment.Version}, TorchSharp {typeof(TorchSharp.torch).Assembly.GetName().Version}, {rounds} round(s) interleaved");
        console.Write(Medians(contenders, figures));
        console.Write(Ratios(figures));
    }

    private static IEnumerable<Contender> Contenders(string folder)
    {
        var off = new Dictionary<string, string> { ["NIN_NATIVE_ALLOCATOR"] = "off" };
        var jemalloc = File.Exists(Jemalloc) ? new Dictionary<string, string> { ["LD_PRELOAD"] = Jemalloc } : null;
        var peers = Path.Combine(AppContext.BaseDirectory, "peers");
        yield return Contender.Self("matmul bfloat16, GFLOP/s", "matmul", "large", "bfloat16");
        yield return Contender.Self("matmul float32, GFLOP/s", "matmul", "large", "float32");
        yield return Contender.Self("large: Trainers.Nin, images/s", "train", "large");
        yield return Contender.Self("large: bare training loop", "bare-train", "large");
        yield return Contender.Self("large: Trainers.Nin float32", "train", "large", "float32");
        yield return Contender.Self("large: stock TorchSharp training", "stock-train", "large") with { Environment = off };
        if (jemalloc is not null)
            yield return new Contender("large: tuned PyTorch training", "/usr/bin/python3", [Path.Combine(peers, "pytorch_peer.py"), "tuned", "train"], jemalloc);
        yield return Contender.Self("large: Transform", "transform", "large");
        yield return Contender.Self("large: bare scoring loop", "bare-score", "large");
        yield return Contender.Self("small: Trainers.Nin", "train", "small");
        yield return Contender.Self("small: bare training loop", "bare-train", "small");
        yield return Contender.Self("small: Transform", "transform", "small");
        yield return Contender.Self("small: bare scoring loop", "bare-score", "small");
        foreach (var size in new[] { "large", "small" })
            yield return Contender.Self($"{size}{Prediction}", "predict", size);
        foreach (var size in new[] { "large", "small" })
        {
            var onnx = Path.Combine(folder, $"{size}.onnx");
            try
            {
                Process.Start(new ProcessStartInfo("/usr/bin/python3", [Path.Combine(peers, "export_onnx.py"), size, onnx]) { RedirectStandardError = true, RedirectStandardOutput = true })!.WaitForExit();
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // No Python: the peer is reported as absent.
            }

            yield return Contender.Self($"{size}: ONNX Runtime", "onnx-runtime", size, onnx);
            yield return Contender.Self($"{size}: OnnxTransformer", "onnx-transformer", size, onnx);
        }
    }

    private static Table Medians(List<Contender> contenders, Dictionary<string, List<IReadOnlyList<double>?>> figures)
    {
        var table = new Table().Border(TableBorder.Ascii).AddColumns("contender", "median", "min", "max", "n");
        foreach (var contender in contenders)
        {
            var runs = figures[contender.Name].OfType<IReadOnlyList<double>>().ToList();
            if (runs.Count == 0)
            {
                table.AddRow(contender.Name, "absent", "", "", "0");
            }
            else if (contender.Name.Contains("us:", StringComparison.Ordinal))
            {
                table.AddRow(contender.Name, string.Join(" / ", Enumerable.Range(0, runs[0].Count).Select(i => Text(Median(runs.Select(run => run[i]))))), "", "", Text(runs.Count));
            }
            else
            {
                var values = runs.Select(run => Median(run)).ToList();
                table.AddRow(contender.Name, Text(Median(values)), Text(values.Min()), Text(values.Max()), Text(values.Count));
            }
        }

        return table;
    }

    private static Table Ratios(Dictionary<string, List<IReadOnlyList<double>?>> figures)
    {
        var table = new Table().Border(TableBorder.Ascii).AddColumns("claim", "goal", "measured");
        void Claim(string claim, string goal, IEnumerable<double> ratios)
        {
            var found = ratios.ToList();
            table.AddRow(claim, goal, found.Count == 0 ? "absent" : Median(found).ToString("F2", CultureInfo.InvariantCulture));
        }

        void Row(string claim, string goal, string a, string b, double factor = 1) => Claim(claim, goal,
            figures.GetValueOrDefault(a, []).Zip(figures.GetValueOrDefault(b, [])).Where(pair => pair.First is not null && pair.Second is not null)
                .Select(pair => factor * Median(pair.First!) / Median(pair.Second!)));

        Row("training over stock TorchSharp float32", ">= 13", "large: Trainers.Nin, images/s", "large: stock TorchSharp training");
        Row("training over tuned PyTorch", ">= 1.05", "large: Trainers.Nin, images/s", "large: tuned PyTorch training");
        Row("FLOP/s of training over a matrix product's", ">= 0.80", "large: Trainers.Nin, images/s", "matmul bfloat16, GFLOP/s", GigaflopPerImage);
        Row("float32 training over stock TorchSharp", ">= 7", "large: Trainers.Nin float32", "large: stock TorchSharp training");
        Row("float32 FLOP/s of training over a matrix product's", "", "large: Trainers.Nin float32", "matmul float32, GFLOP/s", GigaflopPerImage);
        Row("training over the bare loop", ">= 0.97", "large: Trainers.Nin, images/s", "large: bare training loop");
        Row("Transform over the bare loop", ">= 0.95", "large: Transform", "large: bare scoring loop");
        Row("FLOP/s of Transform over a matrix product's", "", "large: Transform", "matmul bfloat16, GFLOP/s", GigaflopPerImage / 3);
        Row("Transform over OnnxTransformer", ">= 2.4", "large: Transform", "large: OnnxTransformer");
        Row("Transform over ONNX Runtime, batch 128", ">= 1.9", "large: Transform", "large: ONNX Runtime");
        Row("small: training over the bare loop", ">= 0.97", "small: Trainers.Nin", "small: bare training loop");
        Row("small: Transform over the bare loop", ">= 0.95", "small: Transform", "small: bare scoring loop");
        Row("small: Transform over OnnxTransformer", ">= 4", "small: Transform", "small: OnnxTransformer");
        Row("small: Transform over ONNX Runtime", ">= 1.5", "small: Transform", "small: ONNX Runtime");
        foreach (var size in new[] { "large", "small" })
        {
            var runs = figures.GetValueOrDefault(size + Prediction, []).OfType<IReadOnlyList<double>>().ToList();
            Claim($"{size}: PredictionEngine p50 over a bare forward", "<= 1.10", runs.Select(run => run[0] / run[2]));
            Claim($"{size}: PredictionEngine p99 over p50", "<= 2", runs.Select(run => run[1] / run[0]));
        }

        return table;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }

    private static string Text(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Processor() =>
        File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[^1].Trim() ?? "" : RuntimeInformation.ProcessArchitecture.ToString();
}
