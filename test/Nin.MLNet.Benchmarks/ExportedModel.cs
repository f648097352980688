using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Spectre.Console;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// The default network in this library and as exported by ConvertToOnnx, which no longer needs this library: one row through a prediction
/// engine, and batches. Every contender is a separate process; they take turns.
/// </summary>
internal static class ExportedModel
{
    private const int Predictions = 2_000;

    public static void Print(int rounds, int threads)
    {
        var folder = Directory.CreateTempSubdirectory();
        var file = Path.Combine(folder.FullName, "small.onnx");
        Export(Workload.Small, file);
        var book = new Rounds(
        [
            Contender.Self("batched, images/s: Transform", threads, ["transform", "small"]),
            Contender.Self("batched, images/s: exported, ONNX Runtime, batch 128", threads, ["onnx-runtime", "small", file]),
            Contender.Self("one prediction, us: PredictionEngine, p50 / p99 / bare p50 / bare p99", 1, ["predict", "small"]),
            Contender.Self(
                "one prediction, us: exported, ApplyOnnxModel in a PredictionEngine, p50 / p99", 1, ["exported-predict", "small", file]),
        ]);
        for (var round = 0; round < rounds; round++)
            book.Run();
        folder.Delete(recursive: true);
        var console = PlainConsole.Create();
        console.WriteLine($"{Machine.Describe(threads)}, {rounds} round(s) interleaved");
        console.Write(book.Medians());
    }

    /// <summary>Microseconds of single predictions with the exported file: median and 99th percentile.</summary>
    public static Measured Predict(Workload workload, string file, int threads)
    {
        var context = new MLContext(1);
        var pipeline = context.Transforms.ApplyOnnxModel(new Microsoft.ML.Transforms.Onnx.OnnxOptions
        {
            ModelFile = file,
            InputColumns = ["Features"],
            OutputColumns = ["Score.output"],
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
        });
        var data = (workload with { Batches = 1 }).Data(context);
        var model = pipeline.Fit(data);
        // A missing column would be dropped silently, and the network with it.
        using var engine = context.Model.CreatePredictionEngine<Workload.Row, Workload.Scored>(
            model, ignoreMissingColumns: false, inputSchemaDefinition: workload.Schema());
        var row = new Workload.Row { Features = workload.Image(new Random(1)) };
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(3);)
            engine.Predict(row);
        var atWork = new ThreadsAtWork();
        var times = new double[Predictions];
        foreach (ref var time in times.AsSpan())
        {
            var start = Stopwatch.GetTimestamp();
            engine.Predict(row);
            time = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        var used = atWork.Count();
        Array.Sort(times);
        return new Measured(used, [times[Predictions / 2], times[Predictions * 99 / 100]]);
    }

    private static void Export(Workload workload, string file)
    {
        var (context, data, model) = Ours.Untrained(workload, NinTrainer.Precision.Float32, Machine.Cores);
        using var owned = model;
        // Without a label column here, the exported model does not require one.
        var schema = SchemaDefinition.Create(typeof(Image));
        schema[nameof(Image.Features)].ColumnType = data.Schema["Features"].Type;
        var images = context.Data.LoadFromEnumerable<Image>([], schema);
        using var stream = File.Create(file);
        context.Model.ConvertToOnnx(new TransformerChain<ITransformer>([model]), images, stream);
    }

    private sealed class Image
    {
        public float[] Features { get; set; } = [];
    }
}
