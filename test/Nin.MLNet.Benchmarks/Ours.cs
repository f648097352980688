using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Native;
using Nin.MLNet.Network;
using Nin.MLNet.Training;
using static TorchSharp.torch;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// Nin.MLNet itself, through its public API (trainer, Transform, prediction engine) and as bare loops of the same kernels on tensors
/// in memory.
/// </summary>
internal static class Ours
{
    /// <summary>Images/s of the last epochs of Trainers.Nin on an IDataView; the first epoch warms up.</summary>
    public static Measured Train(Workload workload, NinTrainer.Precision precision, int threads)
    {
        var context = new MLContext(1);
        var data = workload.Data(context);
        var atWork = new ThreadsAtWork();
        using var model = context.MulticlassClassification.Trainers.Nin(workload.Options(precision, threads)).Fit(data);
        return new Measured(atWork.Count(), [.. model.Model.History.Skip(1).Select(epoch => epoch.ImagesPerSecond)]);
    }

    public static Measured Transform(Workload workload, NinTrainer.Precision precision, int threads)
    {
        var (_, data, model) = Untrained(workload, precision, threads);
        var view = model.Transform(data);
        return Measured.Rates(workload.Images, () =>
        {
            using var cursor = view.GetRowCursor([view.Schema["Score"]]);
            var getter = cursor.GetGetter<VBuffer<float>>(view.Schema["Score"]);
            VBuffer<float> value = default;
            while (cursor.MoveNext())
                getter(ref value);
        });
    }

    /// <summary>The same training step on one batch that is already a tensor.</summary>
    public static Measured BareTrain(Workload workload, NinTrainer.Precision precision, int threads) => OnWorker(threads, () =>
    {
        using var network = new NinNetwork(workload.Architecture, CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        var random = new DropoutRandom(1);
        using var optimizer = new FlatOptimizer(network, NinTrainer.Optimizer.Sgd, 0.9, true, 5e-4);
        using var preparation = new InputPreparation(new Normalization([128], [74]), null, WorkingPrecision.Resolve(precision, CPU), CPU);
        using var pixels = randint(0, 256, [workload.BatchSize, 1, workload.Side, workload.Side]).to(ScalarType.Byte);
        using var labels = randint(0, 10, [workload.BatchSize]).to(ScalarType.Int64);
        return Measured.Rates(workload.Images, () =>
        {
            for (var i = 0; i < workload.Batches; i++)
            {
                using var scope = NewDisposeScope();
                network.Gradients.zero_();
                var loss = nn.functional.cross_entropy(network.Forward(preparation.Prepare(pixels), random), labels);
                network.Backward(loss);
                optimizer.Step(0.01);
                _ = loss.item<float>();
            }
        });
    });

    public static Measured BareScore(Workload workload, NinTrainer.Precision precision, int threads)
    {
        NativeTorch.EnsureLoaded();
        using var network = new NinNetwork(workload.Architecture, CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        using var scoring = new InferenceNetwork(network, new Normalization([128], [74]), null, precision);
        using var pixels = randint(0, 256, [workload.BatchSize, 1, workload.Side, workload.Side]).to(ScalarType.Float32);
        return Measured.Rates(workload.Images, () =>
        {
            for (var i = 0; i < workload.Batches; i++)
            {
                using var scope = NewDisposeScope();
                using var mode = inference_mode();
                var logits = scoring.Forward(pixels, TorchWorkers.Batches, threads);
                // OpenMP would parallelise even this, and its thread would then spin on a core for a while.
                using var one = new ThreadCount(1);
                _ = logits.softmax(1);
            }
        });
    }

    /// <summary>Microseconds per prediction, median and 99th percentile, of PredictionEngine and the bare forward pass in turns.</summary>
    public static Measured Predict(Workload workload, NinTrainer.Precision precision, int threads)
    {
        const int most = 2000, least = 200;
        var (warmUp, enough) = (TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5));
        var (context, _, model) = Untrained(workload, precision, threads);
        using var engine = context.Model.CreatePredictionEngine<Workload.Row, Workload.Scored>(
            model, inputSchemaDefinition: workload.Schema());
        var row = new Workload.Row { Features = workload.Image(new Random(1)) };
        using var pixels = tensor(row.Features).view(1, 1, workload.Side, workload.Side);
        var (ours, bare) = (new List<double>(most), new List<double>(most));
        // In the first seconds the runtime recompiles hot methods on a core that the arithmetic needs.
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < warmUp;)
            Once();
        ours.Clear();
        bare.Clear();
        var atWork = new ThreadsAtWork();
        for (var clock = Stopwatch.StartNew(); ours.Count < most && (ours.Count < least || clock.Elapsed < enough);)
            Once();
        var used = atWork.Count();
        ours.Sort();
        bare.Sort();
        return new Measured(used, [Percentile(ours, 50), Percentile(ours, 99), Percentile(bare, 50), Percentile(bare, 99)]);

        void Once()
        {
            var start = Stopwatch.GetTimestamp();
            engine.Predict(row);
            var middle = Stopwatch.GetTimestamp();
            using (NewDisposeScope())
            using (inference_mode())
                model.Model.Score(network => network.Forward(pixels).softmax(1));
            var end = Stopwatch.GetTimestamp();
            ours.Add(Stopwatch.GetElapsedTime(start, middle).TotalMicroseconds);
            bare.Add(Stopwatch.GetElapsedTime(middle, end).TotalMicroseconds);
        }

        static double Percentile(List<double> sorted, int percent) => sorted[sorted.Count * percent / 100];
    }

    /// <summary>Runs like the library's own work: on a thread that keeps large blocks of memory.</summary>
    private static T OnWorker<T>(int threads, Func<T> work)
    {
        NativeTorch.EnsureLoaded();
        var result = default(T);
        TorchWorkers.Trainings.Run(1, threads, isSmall: false, _ => result = work());
        return result!;
    }

    /// <summary>A model that costs as much as a trained one.</summary>
    public static (MLContext Context, IDataView Data, NinTransformer Model) Untrained(
        Workload workload, NinTrainer.Precision precision, int threads)
    {
        var context = new MLContext(1);
        var options = workload.Options(precision, threads);
        options.NumberOfEpochs = 1;
        var data = workload.Data(context);
        var model = context.MulticlassClassification.Trainers.Nin(options).Fit(context.Data.TakeRows(data, 16));
        model.ScoringThreads = threads;
        set_num_threads(threads);
        return (context, data, model);
    }
}
