using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Fitting;

[TestClass]
public sealed class SettingsMakerTests
{
    [TestMethod]
    [DataRow(20_000, 14, 64)]
    [DataRow(20_000, 15, 128)]
    [DataRow(20_000, null, 128)]
    [DataRow(6_000, null, 64)]
    [DataRow(600, 1, 32)]
    public void Fit_NoBatchSize_ChoosesItByTheImagesSeenAndLogsIt(int images, int? epochs, int expected)
    {
        var context = new MLContext(1);
        var log = new List<string>();
        context.Log += (_, e) => log.Add(e.Message);
        var seen = 0;
        var options = new NinTrainer.Options
        {
            Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 8),
            NumberOfEpochs = epochs,
            ValidationSetFraction = 0,
            Callbacks =
            [
                NinCallback.AfterStep(training =>
                {
                    seen = training.Run.Settings.BatchSize;
                    training.Stop();
                }),
            ],
        };
        var rows = Enumerable.Range(0, images)
            .Select(i => new Row { Label = (uint)(i % 3), Features = [.. Enumerable.Repeat(i % 3f, 64)] });
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(context.Data.LoadFromEnumerable(rows));
        Assert.AreEqual(expected, seen);
        Assert.AreEqual(1, log.Count(line => line.Contains($"Batches of {expected} images, by their number", StringComparison.Ordinal)));
    }

    private sealed class Row
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(64)]
        public float[] Features { get; set; } = [];
    }
}
