using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Nin.MLNet.Stress.Samples;

namespace Nin.MLNet.Stress.Load;

/// <summary>Trainings cancelled at random moments: how long each still runs, and what it leaves behind.</summary>
internal static class Stops
{
    public static LoadFigure WhileReading(int times, int rows, int within) =>
        Cancel("stops while rows are read", times, rows, within, earliest: 0, latest: 60);

    public static LoadFigure WhileTraining(int times, int within) =>
        Cancel("stops while it trains", times, rows: 480, within, earliest: 300, latest: 800);

    /// <param name="what">What is stopped.</param>
    /// <param name="times">How often.</param>
    /// <param name="rows">Rows to train on.</param>
    /// <param name="within">Milliseconds that a stop may take, in addition to the current step.</param>
    /// <param name="earliest">Earliest moment, in milliseconds after the call of Fit.</param>
    /// <param name="latest">Latest moment, likewise.</param>
    private static LoadFigure Cancel(string what, int times, int rows, int within, int earliest, int latest)
    {
        var context = new MLContext(1);
        var data = BarImages.Of(context, rows);
        Crowd.Train(context, BarImages.Of(context, 48)).Dispose();
        var (random, wrong, took, longestStep, tensors) = (new Random(1), 0, new List<double>(), 0.0, Endurance.Tensors());
        for (var i = 0; i < times; i++)
        {
            using var source = new CancellationTokenSource();
            var options = new NinTrainer.Options { NumberOfEpochs = 10_000, BatchSize = 48, Seed = 1, CancellationToken = source.Token };
            var last = 0L;
            options.Callbacks.Add(NinCallback.AfterStep(training =>
            {
                longestStep = last == 0 ? longestStep : Math.Max(longestStep, Stopwatch.GetElapsedTime(last).TotalMilliseconds);
                last = Stopwatch.GetTimestamp();
            }));
            var asked = 0L;
            using var timer = new Timer(_ =>
            {
                Volatile.Write(ref asked, Stopwatch.GetTimestamp());
                source.Cancel();
            }, null, random.Next(earliest, latest), Timeout.Infinite);
            try
            {
                context.MulticlassClassification.Trainers.Nin(options).Fit(data).Dispose();
                wrong++;
            }
            catch (OperationCanceledException)
            {
                took.Add(Stopwatch.GetElapsedTime(Volatile.Read(ref asked)).TotalMilliseconds);
            }
        }

        wrong += took.Count(milliseconds => milliseconds > longestStep + within);
        took.Sort();
        Crowd.Train(context, BarImages.Of(context, 48)).Dispose();
        var left = Endurance.Tensors() - tensors;
        wrong += left > 0 ? 1 : 0;
        return new LoadFigure(what, times, wrong, string.Create(
            CultureInfo.InvariantCulture,
            $"{took[took.Count / 2]:N1} ms (median) and at most {took[^1]:N1} ms after they were asked to; the longest step took " +
            $"{longestStep:N1} ms; {left} tensors more at the end"));
    }
}
