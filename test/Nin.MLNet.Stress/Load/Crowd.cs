using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Stress.Samples;

namespace Nin.MLNet.Stress.Load;

/// <summary>Many threads at once; each result is compared bitwise with that of a single thread.</summary>
internal static class Crowd
{
    private const int Rows = 48;

    /// <summary>Threads that predict with one loaded model, each with its own engine, as ML.NET requires.</summary>
    public static LoadFigure Predict(int threads, int predictions)
    {
        var context = new MLContext(1);
        var data = BarImages.Of(context, Rows);
        using var trained = Train(context, data);
        using var stream = new MemoryStream();
        context.Model.Save(trained, data.Schema, stream);
        using var model = (NinTransformer)context.Model.Load(new MemoryStream(stream.ToArray()), out _);
        var rows = BarImages.Rows(Rows, seed: 1).ToList();
        var wrong = 0;
        using var alone = Engine();
        // Also from single predictions: libtorch's kernels may round an image differently in a batch.
        List<float[]> expected = [.. rows.Select(row => alone.Predict(row).Score)];
        Together(threads, thread =>
        {
            using var engine = Engine();
            for (var i = thread; i < predictions; i += threads)
            {
                if (!engine.Predict(rows[i % Rows]).Score.AsSpan().SequenceEqual(expected[i % Rows]))
                    Interlocked.Increment(ref wrong);
            }
        });
        return new LoadFigure($"{threads} threads predict with one loaded model", predictions, wrong);

        PredictionEngine<BarImages.Row, Scored> Engine() => context.Model.CreatePredictionEngine<BarImages.Row, Scored>(
            model, new PredictionEngineOptions { OwnsTransformer = false });
    }

    /// <summary>Two trainings at once, and a third while a thread scores, compared with the same training alone.</summary>
    public static IEnumerable<LoadFigure> Fit(int times)
    {
        var context = new MLContext(1);
        var data = BarImages.Of(context, Rows);
        using var model = Train(context, data);
        var (expected, wrongTrainings, wrongScores, scored) = (Scores(model, data), 0, 0, 0);
        for (var i = 0; i < times; i++)
            Together(2, _ => Check(() => TrainAndScore(), expected, ref wrongTrainings));
        yield return new LoadFigure("two trainings at once", 2 * times, wrongTrainings);

        var (beside, isOver) = (0, false);
        Together(2, thread =>
        {
            if (thread == 0)
                TrainBeside();
            else
                ScoreBeside();
        });
        yield return new LoadFigure("trainings beside a thread that scores", times, beside);
        yield return new LoadFigure("passes of scoring beside them", scored, wrongScores);

        void TrainBeside()
        {
            try
            {
                for (var i = 0; i < times; i++)
                    Check(() => TrainAndScore(), expected, ref beside);
            }
            finally
            {
                // Otherwise, after a training that throws, the other thread would score for ever.
                Volatile.Write(ref isOver, true);
            }
        }

        void ScoreBeside()
        {
            do
            {
                Check(() => Scores(model, data), expected, ref wrongScores);
                scored++;
            }
            while (!Volatile.Read(ref isOver));
        }

        float[] TrainAndScore()
        {
            using var again = Train(context, data);
            return Scores(again, data);
        }
    }

    public static NinTransformer Train(MLContext context, IDataView data) => context.MulticlassClassification.Trainers.Nin(
        new NinTrainer.Options
        {
            Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 8),
            NumberOfEpochs = 1,
            BatchSize = 16,
            Seed = 1,
        }).Fit(data);

    public static float[] Scores(NinTransformer model, IDataView data) =>
        [.. model.Transform(data).GetColumn<float[]>("Score").SelectMany(score => score)];

    private static void Check(Func<float[]> compute, float[] expected, ref int wrong)
    {
        if (!compute().AsSpan().SequenceEqual(expected))
            Interlocked.Increment(ref wrong);
    }

    /// <summary>Runs an action on many threads at once; throws the first exception after all have ended.</summary>
    private static void Together(int count, Action<int> run)
    {
        Exception? first = null;
        var threads = Enumerable.Range(0, count).Select(number => new Thread(() =>
        {
            try
            {
                run(number);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref first, e, null);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (first is not null)
            throw new InvalidOperationException("One of the threads failed.", first);
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
