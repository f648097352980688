using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// One point of the cost curve: the small network with a given image side, batch size, number of rows and number of threads.
/// </summary>
internal sealed record CostPoint(int Side, int BatchSize, int Rows, int Threads)
{
    private const double SecondsEach = 5;
    private const int FewestSteps = 6;

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static CostPoint Parse(string text)
    {
        var parts = text.Split(',').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return new CostPoint(parts[0], parts[1], parts[2], parts[3]);
    }

    public override string ToString() => FormattableString.Invariant($"{Side},{BatchSize},{Rows},{Threads}");

    /// <summary>Training images/s, peak memory of the training in MB, images/s of Transform.</summary>
    public IEnumerable<double> Measure()
    {
        var workload = Workload.Small with { Side = Side, BatchSize = BatchSize };
        var context = new MLContext(1);
        var data = workload.Lazily(context, Rows);
        var training = Train(context, data, workload);
        using var process = Process.GetCurrentProcess();
        var peak = process.PeakWorkingSet64 / 1048576.0;
        return [training, peak, Score(context, data, workload)];
    }

    private double Train(MLContext context, IDataView data, Workload workload)
    {
        var options = workload.Options(NinTrainer.Precision.Auto);
        (options.NumberOfEpochs, options.Threads) = (1000, Threads);
        // The first step is the warm-up. Steps are counted here because the measurement may span epochs.
        var clock = new Stopwatch();
        long steps = 0, stepsPerEpoch = (Rows + BatchSize - 1) / BatchSize;
        var imagesPerSecond = 0.0;
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            if (steps++ == 0)
            {
                clock.Start();
                return;
            }

            var images = (steps - 1) * ((double)training.ImagesPerEpoch / stepsPerEpoch);
            imagesPerSecond = images / clock.Elapsed.TotalSeconds;
            if (steps > FewestSteps && clock.Elapsed.TotalSeconds > SecondsEach)
                training.Stop();
        }));
        context.MulticlassClassification.Trainers.Nin(options).Fit(data).Dispose();
        return imagesPerSecond;
    }

    private double Score(MLContext context, IDataView data, Workload workload)
    {
        var options = workload.Options(NinTrainer.Precision.Auto);
        options.NumberOfEpochs = 1;
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(context.Data.TakeRows(data, 16));
        (model.ScoringThreads, model.ScoringBatchSize) = (Threads, BatchSize);
        TorchSharp.torch.set_num_threads(Threads);
        var view = model.Transform(data);
        using var cursor = view.GetRowCursor([view.Schema["Score"]]);
        var getter = cursor.GetGetter<VBuffer<float>>(view.Schema["Score"]);
        VBuffer<float> value = default;
        var clock = new Stopwatch();
        // Counts from the second batch up to the last full one.
        long rows = 0, counted = 0;
        double seconds = 0;
        while (seconds < SecondsEach && cursor.MoveNext())
        {
            getter(ref value);
            if (++rows == BatchSize)
                clock.Start();
            else if (rows % BatchSize == 0)
                (counted, seconds) = (rows - BatchSize, clock.Elapsed.TotalSeconds);
        }

        return counted / seconds;
    }
}
