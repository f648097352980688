using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Nin.MLNet.Data;
using Nin.MLNet.Native;
using Nin.MLNet.Network;
using Nin.MLNet.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nin.MLNet.Benchmarks;

/// <summary>Where the time of a training step goes, by phase and by forward layer. Each figure is the best of several steps.</summary>
internal static class Profile
{
    private const int Steps = 8;

    public static void Print(Workload workload, NinTrainer.Precision precision)
    {
        NativeTorch.EnsureLoaded();
        // One thread, like a part of a batch in a training.
        TorchWorkers.Trainings.Run(1, threads: 1, isSmall: false, _ => Measure(workload, precision));
    }

    private static void Measure(Workload workload, NinTrainer.Precision precision)
    {
        using var network = new NinNetwork(workload.Architecture, CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        using var optimizer = new FlatOptimizer(network, NinTrainer.Optimizer.Sgd, 0.9, true, 5e-4);
        var type = WorkingPrecision.Resolve(precision, CPU);
        using var preparation = new InputPreparation(new Normalization([128], [74]), workload.Side == 224 ? 224 : null, type, CPU);
        // The book's images come as 28x28 and are resized one batch at a time.
        var source = workload with { Side = 28 };
        using var cached = ExamplesOf(source, budget: null);
        using var onDisk = ExamplesOf(source, budget: 0);
        var augmentation = new Augmentation(cached.Shape, flip: true, shift: 2, new Borders(true), erasing: 0);
        using var batches = cached.Source(All(cached), augmentation).Batches(workload.BatchSize, seed: 1).GetEnumerator();
        using var fromDisk = onDisk.Source(All(onDisk), augmentation).Batches(workload.BatchSize, seed: 1).GetEnumerator();
        var random = new DropoutRandom(1);
        var best = new Dictionary<string, double>();
        var work = new Dictionary<string, double>();
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            double last = 0, backward = 0;
            fromDisk.MoveNext();
            Lap("read: the same from the temporary file");
            batches.MoveNext();
            Lap("read: shuffle, copy and augment a batch in memory");
            network.Gradients.zero_();
            var x = preparation.Prepare(batches.Current.Pixels);
            Lap("resize: normalise, resize, lay out");
            var logits = network.Forward(x, random, (layer, y) =>
            {
                var name = $"forward ({layer.Name}) {layer}";
                Lap(name);
                // The backward pass computes gradients of inputs and weights; the first layer's inputs need none.
                var forward = layer.Kind == LayerKind.Convolution
                    ? 2.0 * y.shape[0] * layer.MultiplyAdds((int)y.shape[2], (int)y.shape[3])
                    : 0;
                work[name] = forward;
                backward += layer.In == workload.Architecture.InputChannels ? forward : 2 * forward;
            });
            var loss = nn.functional.cross_entropy(logits, batches.Current.Labels);
            Lap("loss");
            network.Backward(loss);
            Lap("backward");
            work["backward"] = backward;
            optimizer.Step(0.01);
            Lap("optimiser step");

            void Lap(string name)
            {
                var now = clock.Elapsed.TotalMilliseconds;
                best[name] = best.TryGetValue(name, out var before) ? Math.Min(before, now - last) : now - last;
                last = now;
            }
        }

        var table = new Table().Border(TableBorder.Ascii).Title($"{workload.Name}, batch {workload.BatchSize}, {type}")
            .AddColumns("phase", "ms", "share", "GFLOP/s of convolutions");
        var total = best.Values.Sum();
        // A ReLU after a convolution or batch norm is computed within it.
        foreach (var (name, milliseconds) in best.Where(entry => entry.Value >= 0.005))
        {
            table.AddRow(
                Markup.Escape(name),
                milliseconds.ToString("F2", CultureInfo.InvariantCulture),
                (milliseconds / total).ToString("P1", CultureInfo.InvariantCulture),
                work.TryGetValue(name, out var done) && done > 0
                    ? (done / milliseconds * 1e-6).ToString("F0", CultureInfo.InvariantCulture)
                    : "");
        }

        table.AddRow("sum of the bests", total.ToString("F1", CultureInfo.InvariantCulture), "", "");
        var console = PlainConsole.Create();
        console.WriteLine(Machine.Describe(get_num_threads()));
        console.Write(table);

        ExampleSet ExamplesOf(Workload images, long? budget)
        {
            var columns = new ExampleColumns(
                "Features", "Label", null, NinImageLayout.Flat(new NinImageShape(1, images.Side, images.Side)), 10);
            return ExampleSet.Read(images.Lazily(new MLContext(1), (Steps + 1) * images.BatchSize), columns, budget, null, () => { });
        }

        int[] All(ExampleSet examples) => [.. Enumerable.Range(0, examples.Classes.Count)];
    }
}
