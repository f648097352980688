using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Spectre.Console;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// Predictions and trainings while a thread collects garbage continuously, each compared bitwise with the result of a quiet process.
/// Anything that TorchSharp passes to native code without keeping it alive would be freed in the middle of a call.
/// </summary>
internal static class Collector
{
    private const int Side = 12, Classes = 3;

    public static void Print(int predictions, int trainings)
    {
        var context = new MLContext(1);
        var rows = Rows(48);
        var data = Data(context, rows);
        using var model = Train(context, data);
        using var engine = context.Model.CreatePredictionEngine<Workload.Row, Workload.Scored>(model, inputSchemaDefinition: Schema());
        var expected = rows.Select(row => engine.Predict(row).Score).ToList();
        var expectedOfTraining = Scores(model, data);

        var table = new Table().Border(TableBorder.Ascii).AddColumns("what", "n", "failures", "other results", "collections", "seconds");
        AddRow(
            "predictions", predictions, i => engine.Predict(rows[i % rows.Count]).Score.AsSpan().SequenceEqual(expected[i % rows.Count]));
        AddRow("trainings", trainings, _ =>
        {
            using var again = Train(context, data);
            return Scores(again, data).AsSpan().SequenceEqual(expectedOfTraining);
        });
        var console = PlainConsole.Create();
        console.WriteLine(Machine.Describe(TorchSharp.torch.get_num_threads()));
        console.Write(table);

        void AddRow(string name, int times, Func<int, bool> isSame)
        {
            var (failures, others, clock) = (0, 0, Stopwatch.StartNew());
            using var beside = new CollectingThread();
            for (var i = 0; i < times; i++)
            {
                try
                {
                    others += isSame(i) ? 0 : 1;
                }
                catch (Exception e)
                {
                    if (failures++ == 0)
                        Console.Error.WriteLine(e);
                }
            }

            table.AddRow([name, .. new[] { times, failures, others, beside.Collections, clock.Elapsed.TotalSeconds }
                .Select(figure => figure.ToString("N0", CultureInfo.InvariantCulture))]);
        }
    }

    private static NinTransformer Train(MLContext context, IDataView data) =>
        context.MulticlassClassification.Trainers.Nin(new NinTrainer.Options
        {
            Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 8),
            NumberOfEpochs = 1,
            BatchSize = 16,
            ValidationSetFraction = 0,
            Seed = 1,
        }).Fit(data);

    private static List<Workload.Row> Rows(int count)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(i => new Workload.Row
        {
            Label = (uint)(i % Classes) + 1,
            Features =
            [
                .. Enumerable.Range(0, Side * Side)
                    .Select(pixel => random.Next(60) + (pixel / Side / 4 == i % Classes ? 180f : 0)),
            ],
        })];
    }

    private static SchemaDefinition Schema()
    {
        var schema = SchemaDefinition.Create(typeof(Workload.Row));
        schema[nameof(Workload.Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, Side, Side);
        return schema;
    }

    private static IDataView Data(MLContext context, IEnumerable<Workload.Row> rows) => context.Data.LoadFromEnumerable(rows, Schema());

    private static float[] Scores(NinTransformer model, IDataView data) =>
        [.. model.Transform(data).GetColumn<float[]>("Score").SelectMany(score => score)];

    private sealed class CollectingThread : IDisposable
    {
        private readonly int before = GC.CollectionCount(0);
        private readonly Thread thread;
        private volatile bool isOver;

        public CollectingThread()
        {
            thread = new Thread(() =>
            {
                while (!isOver)
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                }
            });
            thread.Start();
        }

        public int Collections => GC.CollectionCount(0) - before;

        public void Dispose()
        {
            isOver = true;
            thread.Join();
        }
    }
}
