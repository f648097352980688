using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Nin.MLNet.Stress.Samples;
using TorchSharp;

namespace Nin.MLNet.Stress.Load;

/// <summary>The same work for a long time, and images at the limits: memory must not grow, and nothing may fail.</summary>
internal static class Endurance
{
    private const int WarmUp = 10;

    // More than the system's normal fluctuation.
    private const long MostGrowth = 24 << 20;

    /// <summary>Trains and disposes repeatedly.</summary>
    public static LoadFigure Cycle(int times)
    {
        var context = new MLContext(1);
        var data = BarImages.Of(context, 48);
        var (wrong, before, tensors) = (0, 0L, 0L);
        float[] expected = [];
        for (var i = 0; i < times + WarmUp; i++)
        {
            if (i == WarmUp)
                (before, tensors) = (Resident(), Tensors());
            using var model = Crowd.Train(context, data);
            var scores = Crowd.Scores(model, data);
            expected = i == 0 ? scores : expected;
            wrong += scores.AsSpan().SequenceEqual(expected) ? 0 : 1;
        }

        var (growth, left) = (Resident() - before, Tensors() - tensors);
        wrong += growth > MostGrowth || left > 0 ? 1 : 0;
        return new LoadFigure("trainings, each disposed", times, wrong, string.Create(
            CultureInfo.InvariantCulture, $"{Megabytes(growth)} MB and {left} tensors more at the end"));
    }

    /// <summary>Streams rows through one epoch with little memory for them.</summary>
    public static LoadFigure Stream(int rows)
    {
        const int batch = 128;
        var context = new MLContext(1);
        var options = new NinTrainer.Options
        {
            Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 8),
            NumberOfEpochs = 1,
            BatchSize = batch,
            CacheBudget = 8 << 20,
            Seed = 1,
        };
        var (half, end) = (0L, 0L);
        var middle = Math.Max(1, rows / batch / 2);
        options.Callbacks.Add(NinCallback.AfterStep(training => half = training.Step == middle ? Resident() : half));
        options.Callbacks.Add(NinCallback.AfterEpoch(_ => end = Resident()));
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(BarImages.Of(context, rows));
        var growth = end - half;
        var wrong = double.IsFinite(model.Model.History[^1].TrainLoss) && growth <= MostGrowth ? 0 : 1;
        return new LoadFigure("rows streamed through an epoch, 8 MB for them", rows, wrong, string.Create(
            CultureInfo.InvariantCulture, $"{Megabytes(growth)} MB more at the end than halfway"));
    }

    /// <summary>Trains on images and classes at the limits and scores them.</summary>
    public static LoadFigure Limit(string what, int rows, int side, int classes, int? resizeTo = null)
    {
        var context = new MLContext(1);
        var data = BarImages.Of(context, rows, side: side, classes: classes);
        using var model = context.MulticlassClassification.Trainers.Nin(new NinTrainer.Options
        {
            Architecture = (channels, count) => new NinArchitecture(channels, [new NinBlock([8, count], 1, 1, 0)]),
            NumberOfEpochs = 1,
            ResizeTo = resizeTo,
            Seed = 1,
        }).Fit(data);
        var scores = Crowd.Scores(model, data);
        return new LoadFigure(what, rows, scores.Length == rows * classes ? scores.Count(score => !float.IsFinite(score)) : rows);
    }

    /// <summary>Tensors alive, without those that only wait for the garbage collector.</summary>
    public static long Tensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.Tensor.TotalCount;
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }

    private static double Megabytes(long bytes) => Math.Round(bytes / 1e6, 1);
}
