using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Contract;

/// <summary>
/// Runs while a thread collects garbage continuously, when TorchSharp's implicit numbers are freed in the middle of a call. The short form
/// of the benchmark program's <c>collector</c>.
/// </summary>
[TestClass]
public sealed class CollectorTests
{
    private static readonly MLContext Context = new(1);

    [TestMethod]
    public void Predict_BesideTheCollector_GivesBitwiseTheSame()
    {
        using var model = Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(SyntheticImages.Keyed(Context, 60));
        using var engine = Context.Model.CreatePredictionEngine<SyntheticImages.Row, Scored>(
            model, new PredictionEngineOptions { OwnsTransformer = false });
        var row = SyntheticImages.Rows(1)[0];
        var expected = engine.Predict(row).Score;
        BesideTheCollector(() =>
        {
            for (var i = 0; i < 1000; i++)
                CollectionAssert.AreEqual(expected, engine.Predict(row).Score);
        });
    }

    [TestMethod]
    public void Fit_BesideTheCollector_GivesBitwiseTheSame()
    {
        var data = SyntheticImages.Keyed(Context, 48);
        var expected = Fit(data);
        BesideTheCollector(() =>
        {
            for (var i = 0; i < 3; i++)
                CollectionAssert.AreEqual(expected, Fit(data));
        });
    }

    private static float[] Fit(IDataView data)
    {
        var options = SyntheticImages.Quick();
        options.NumberOfEpochs = 1;
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        return [.. model.Transform(data).GetColumn<float[]>("Score").SelectMany(score => score)];
    }

    private static void BesideTheCollector(Action work)
    {
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            work();
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
