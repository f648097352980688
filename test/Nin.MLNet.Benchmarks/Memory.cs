using System.Diagnostics;
using Microsoft.ML;
using Nin.MLNet.Native;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// The peak memory of a training, what it leaves behind, and whether scoring grows. Each figure is in megabytes, from the operating
/// system's accounting.
/// </summary>
internal static class Memory
{
    /// <summary>
    /// Peak of a training on <paramref name="rows"/> rows of 28x28 bytes resized to 224, then the memory it leaves in use beyond the start.
    /// </summary>
    public static IEnumerable<double> Training(int rows, long? budget)
    {
        var context = new MLContext(1);
        var data = Workload.Small.Lazily(context, rows);
        var options = NinTrainer.Options.D2L();
        (options.NumberOfEpochs, options.LearningRate, options.CacheBudget, options.Seed) = (1, 0.01, budget, 1);
        // libtorch itself does not count as growth: it is loaded and warmed up first.
        using (context.MulticlassClassification.Trainers.Nin(options).Fit(context.Data.TakeRows(data, 128)))
        {
        }

        var before = Resident();
        // The peak is reached within the first steps; for the rest of the epoch, memory must not grow.
        var peak = 0.0;
        options.NumberOfSteps = 30;
        options.Callbacks.Add(NinCallback.AfterStep(_ => peak = Math.Max(peak, Resident())));
        context.MulticlassClassification.Trainers.Nin(options).Fit(data).Dispose();
        GC.Collect();
        return [peak, Resident() - before];
    }

    /// <summary>Growth over 200,000 predictions, then over 200 passes of Transform.</summary>
    public static IEnumerable<double> Scoring()
    {
        var context = new MLContext(1);
        var workload = Workload.Small;
        var data = workload.Data(context);
        var options = workload.Options(NinTrainer.Precision.Auto);
        options.NumberOfEpochs = 1;
        var model = context.MulticlassClassification.Trainers.Nin(options).Fit(context.Data.TakeRows(data, 128));
        var engineOptions = new PredictionEngineOptions { InputSchemaDefinition = workload.Schema(), OwnsTransformer = false };
        using var engine = context.Model.CreatePredictionEngine<Workload.Row, Workload.Scored>(model, engineOptions);
        var row = new Workload.Row { Features = workload.Image(new Random(1)) };
        var predictions = Growth(2_000, 200_000, () => engine.Predict(row));
        var few = context.Data.TakeRows(data, 512);
        var passes = Growth(10, 200, () =>
        {
            foreach (var scored in context.Data.CreateEnumerable<Workload.Scored>(model.Transform(few), reuseRowObject: true))
                ArgumentNullException.ThrowIfNull(scored.Score);
        });
        model.Dispose();
        return [predictions, passes];
    }

    private static double Growth(int warmUp, int times, Action act)
    {
        for (var i = 0; i < warmUp; i++)
            act();
        var before = Settled();
        for (var i = 0; i < times; i++)
            act();
        return Settled() - before;
    }

    /// <summary>Memory after collector and allocator have given back all they can: growth is then a leak, managed or native.</summary>
    private static double Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        NativeAllocator.ReleaseUnused();
        return Resident();
    }

    internal static double Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1048576.0;
    }
}
