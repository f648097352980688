using System.Diagnostics;
using System.Globalization;
using Nin.MLNet.Modules;
using Nin.MLNet.Native;
using Nin.MLNet.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nin.MLNet.Benchmarks;

/// <summary>Where the time of a training step goes: by phase, and forward by layer. The best of several steps each.</summary>
internal static class Profile
{
    private const int Steps = 8;

    public static void Print(Workload workload, NinPrecision precision) => NativeAllocator.Run(() =>
    {
        using var network = new NinNetwork(workload.Architecture, CPU);
        Initialization.Apply(network, NinInitialization.Kaiming, 1);
        using var optimizer = new FlatOptimizer(network, NinOptimizer.Sgd, 0.9, true, 5e-4);
        var type = WorkingPrecision.Resolve(precision, CPU);
        using var preparation = new InputPreparation(new Normalization([128], [74]), workload.Side == 224 ? 224 : null, type, CPU);
        using var pixels = randint(0, 256, [workload.BatchSize, 1, 28, 28]).to(ScalarType.Byte);
        using var labels = randint(0, 10, [workload.BatchSize]).to(ScalarType.Int64);
        var random = new DropoutRandom(1);
        var best = new Dictionary<string, double>();
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            double last = 0;
            network.Gradients.zero_();
            var x = preparation.Prepare(pixels);
            Lap("prepare: normalise, resize, lay out");
            var logits = network.Forward(x, random, (layer, _) => Lap($"forward ({layer.Name}) {layer}"));
            var loss = nn.functional.cross_entropy(logits, labels);
            Lap("loss");
            loss.backward();
            Lap("backward");
            optimizer.Step(0.01);
            Lap("optimiser step");

            void Lap(string name)
            {
                var now = clock.Elapsed.TotalMilliseconds;
                best[name] = best.TryGetValue(name, out var before) ? Math.Min(before, now - last) : now - last;
                last = now;
            }
        }

        var table = new Table().Border(TableBorder.Ascii).Title($"{workload.Name}, batch {workload.BatchSize}, {type}").AddColumns("phase", "ms", "share");
        var total = best.Values.Sum();
        // A ReLU behind a convolution is done within it.
        foreach (var (name, milliseconds) in best.Where(entry => entry.Value >= 0.005))
            table.AddRow(Markup.Escape(name), milliseconds.ToString("F2", CultureInfo.InvariantCulture), (milliseconds / total).ToString("P1", CultureInfo.InvariantCulture));
        table.AddRow("sum of the bests", total.ToString("F1", CultureInfo.InvariantCulture), "");
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No });
        console.Profile.Width = 120;
        console.Write(table);
        return true;
    });
}
