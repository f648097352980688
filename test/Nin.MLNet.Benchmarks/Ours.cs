using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Network;
using Nin.MLNet.Native;
using Nin.MLNet.Training;
using static TorchSharp.torch;

namespace Nin.MLNet.Benchmarks;

/// <summary>What Nin.MLNet does, through its public API ("trainer", "transform", "engine") and as bare loops of the same kernels on tensors in memory.</summary>
internal static class Ours
{
    /// <summary>Images/s of the last epochs of Trainers.Nin on an IDataView; the first epoch warms up.</summary>
    public static IEnumerable<double> Train(Workload workload, NinTrainer.Precision precision)
    {
        var context = new MLContext(1);
        using var model = context.MulticlassClassification.Trainers.Nin(workload.Options(precision)).Fit(workload.Data(context));
        return [.. model.Model.History.Skip(1).Select(epoch => epoch.ImagesPerSecond)];
    }

    public static IEnumerable<double> Transform(Workload workload, NinTrainer.Precision precision)
    {
        var (context, data, model) = Untrained(workload, precision);
        var view = model.Transform(data);
        return Rates(workload.Images, () =>
        {
            using var cursor = view.GetRowCursor([view.Schema["Score"]]);
            var getter = cursor.GetGetter<VBuffer<float>>(view.Schema["Score"]);
            VBuffer<float> value = default;
            while (cursor.MoveNext())
                getter(ref value);
        });
    }

    /// <summary>The same training step on one batch that is a tensor already.</summary>
    public static IEnumerable<double> BareTrain(Workload workload, NinTrainer.Precision precision) => NativeAllocator.Run(() =>
    {
        using var network = new NinNetwork(workload.Architecture, CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        var random = new DropoutRandom(1);
        using var optimizer = new FlatOptimizer(network, NinTrainer.Optimizer.Sgd, 0.9, true, 5e-4);
        using var preparation = new InputPreparation(new Normalization([128], [74]), null, WorkingPrecision.Resolve(precision, CPU), CPU);
        using var pixels = randint(0, 256, [workload.BatchSize, 1, workload.Side, workload.Side]).to(ScalarType.Byte);
        using var labels = randint(0, 10, [workload.BatchSize]).to(ScalarType.Int64);
        return Rates(workload.Images, () =>
        {
            for (var i = 0; i < workload.Batches; i++)
            {
                using var scope = NewDisposeScope();
                network.Gradients.zero_();
                var loss = nn.functional.cross_entropy(network.Forward(preparation.Prepare(pixels), random), labels);
                loss.backward();
                optimizer.Step(0.01);
                _ = loss.item<float>();
            }
        });
    });

    public static IEnumerable<double> BareScore(Workload workload, NinTrainer.Precision precision) => NativeAllocator.Run(() =>
    {
        using var network = new NinNetwork(workload.Architecture, CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        using var scoring = new InferenceNetwork(network, new Normalization([128], [74]), null, precision);
        using var pixels = randint(0, 256, [workload.BatchSize, 1, workload.Side, workload.Side]).to(ScalarType.Float32);
        return Rates(workload.Images, () =>
        {
            for (var i = 0; i < workload.Batches; i++)
            {
                using var scope = NewDisposeScope();
                using var mode = inference_mode();
                _ = scoring.Forward(pixels).softmax(1);
            }
        });
    });

    /// <summary>Microseconds of single predictions: median and 99th percentile, PredictionEngine and bare forward in turns.</summary>
    public static IEnumerable<double> Predict(Workload workload, NinTrainer.Precision precision)
    {
        var (context, _, model) = Untrained(workload, precision);
        using var engine = context.Model.CreatePredictionEngine<Workload.Row, Workload.Scored>(model, inputSchemaDefinition: workload.Schema());
        var row = new Workload.Row { Features = workload.Image(new Random(1)) };
        using var pixels = tensor(row.Features).view(1, 1, workload.Side, workload.Side);
        const int runs = 2000;
        var (ours, bare) = (new double[runs], new double[runs]);
        // The runtime compiles hot methods anew behind the scenes in the first seconds, on a core that the arithmetic wants.
        var warmUp = Stopwatch.StartNew();
        for (var i = 0; i < runs; i += warmUp.Elapsed.TotalSeconds < 3 ? 0 : 1)
        {
            var start = Stopwatch.GetTimestamp();
            engine.Predict(row);
            var middle = Stopwatch.GetTimestamp();
            using (NewDisposeScope())
            using (inference_mode())
                _ = model.Model.Scoring.Forward(pixels).softmax(1);
            var end = Stopwatch.GetTimestamp();
            (ours[i], bare[i]) = (Stopwatch.GetElapsedTime(start, middle).TotalMicroseconds, Stopwatch.GetElapsedTime(middle, end).TotalMicroseconds);
        }

        Array.Sort(ours);
        Array.Sort(bare);
        return [ours[runs / 2], ours[runs * 99 / 100], bare[runs / 2], bare[runs * 99 / 100]];
    }

    /// <summary>GFLOP/s of a large matrix product, the roof.</summary>
    public static IEnumerable<double> MatrixProduct(NinTrainer.Precision precision)
    {
        NativeTorch.EnsureLoaded();
        const int side = 4096;
        var type = WorkingPrecision.Resolve(precision, CPU);
        using var a = randn(side, side).to(type);
        using var b = randn(side, side).to(type);
        return [.. Rates(1, () => a.mm(b).Dispose()).Select(rate => rate * 2 * Math.Pow(side, 3) / 1e9)];
    }

    internal static IEnumerable<double> Rates(int images, Action pass)
    {
        pass();
        var rates = new List<double>();
        for (var i = 0; i < 3; i++)
        {
            var start = Stopwatch.GetTimestamp();
            pass();
            rates.Add(images / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return rates;
    }

    private static (MLContext Context, IDataView Data, NinTransformer Model) Untrained(Workload workload, NinTrainer.Precision precision)
    {
        var context = new MLContext(1);
        var options = workload.Options(precision);
        options.NumberOfEpochs = 1;
        var data = workload.Data(context);
        return (context, data, context.MulticlassClassification.Trainers.Nin(options).Fit(context.Data.TakeRows(data, 16)));
    }
}
