using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Tests.Training;

namespace Nin.MLNet.Tests.Fitting;

/// <summary>Which network and batch size a time budget gets; every training is stopped after its first step.</summary>
[TestClass]
public sealed class BudgetChoicesTests
{
    private const int Many = 20_000, Few = 64;

    [TestMethod]
    public void Fit_BudgetOfLessThanThreePasses_TakesTheNarrowNetworkAndSaysHowToFixIt()
    {
        var (network, _, log) = Start(Many, new NinTrainer.Options { TimeBudget = TimeSpan.FromSeconds(2) });
        Assert.AreEqual(NinArchitecture.Small(width: 16), network);
        const string fixedOne = "Options.Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 16)";
        Assert.IsTrue(log.Any(line => line.Contains(fixedOne, StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Fit_BudgetOfManyPasses_TakesTheDefaultNetwork() =>
        Assert.AreEqual(NinArchitecture.Small(), Start(Few, new NinTrainer.Options { TimeBudget = TimeSpan.FromMinutes(10) }).Network);

    // .NET compiles our arithmetic anew while the first batches are timed.
    [TestMethod]
    public void Fit_FirstBatchesTakeLongerThanLaterOnes_TakesTheNetworkForTheSpeedOfLaterOnes()
    {
        var budget = TimeSpan.FromSeconds(500);
        var (slow, fast) = (Start(Many, Timed(slowReadings: int.MaxValue)), Start(Many, Timed(slowReadings: 6)));
        Assert.AreEqual((NinArchitecture.Small(width: 16), 64), (slow.Network, slow.BatchSize));
        Assert.AreEqual((NinArchitecture.Small(), 128), (fast.Network, fast.BatchSize));

        // Every reading takes 1.1 s at first and 1 ms later, and so does a batch, between two readings.
        NinTrainer.Options Timed(int slowReadings) => new()
        {
            TimeBudget = budget,
            Clock = new MovableClock
            {
                PerReading = TimeSpan.FromMilliseconds(1),
                SlowStart = (slowReadings, TimeSpan.FromMilliseconds(1100)),
            },
        };
    }

    // A step never has more batches than the epoch.
    [TestMethod]
    public void Fit_BudgetOfManyPassesAndLongAccumulation_TakesTheDefaultNetwork() => Assert.AreEqual(
        NinArchitecture.Small(),
        Start(Few, new NinTrainer.Options { TimeBudget = TimeSpan.FromMinutes(10), GradientAccumulation = 10_000 }).Network);

    [TestMethod]
    public void Fit_NoBudget_TakesTheDefaultNetwork() =>
        Assert.AreEqual(NinArchitecture.Small(), Start(Few, new NinTrainer.Options()).Network);

    [TestMethod]
    public void Fit_ShortBudgetAndAGivenArchitecture_TakesTheGivenOne()
    {
        var given = NinArchitecture.Small(width: 40);
        var options = new NinTrainer.Options { TimeBudget = TimeSpan.FromSeconds(2), Architecture = (_, _) => given };
        var chosen = Start(Many, options);
        Assert.AreEqual((given, 64), (chosen.Network, chosen.BatchSize));
    }

    [TestMethod]
    public void Fit_ShortBudgetAndAGivenBatchSize_TakesTheGivenOne()
    {
        var chosen = Start(Many, new NinTrainer.Options { TimeBudget = TimeSpan.FromSeconds(2), BatchSize = 100 });
        Assert.AreEqual((NinArchitecture.Small(width: 16), 100), (chosen.Network, chosen.BatchSize));
    }

    // Choices that depend on the machine's speed could not be resumed on another day.
    [TestMethod]
    public void Fit_ShortBudgetAndACheckpoint_TakesTheDefaults()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            var options = new NinTrainer.Options { TimeBudget = TimeSpan.FromSeconds(2), CheckpointPath = path };
            var chosen = Start(Many, options);
            Assert.AreEqual((NinArchitecture.Small(), 128), (chosen.Network, chosen.BatchSize));
        }
        finally
        {
            foreach (var file in Directory.GetFiles(Path.GetTempPath(), Path.GetFileName(path) + "*"))
                File.Delete(file);
        }
    }

    private static (NinArchitecture Network, int BatchSize, IReadOnlyList<string> Log) Start(int images, NinTrainer.Options options)
    {
        var context = new MLContext(1);
        var log = new List<string>();
        context.Log += (_, e) => log.Add(e.Message);
        (NinArchitecture? Network, int BatchSize) seen = default;
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            seen = (training.Architecture, training.Run.Settings.BatchSize);
            training.Stop();
        }));
        options.ValidationSetFraction = 0;
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, 28, 28);
        var noise = new Random(1);
        float[] image = [.. Enumerable.Range(0, 28 * 28).Select(_ => (float)noise.Next(256))];
        var rows = Enumerable.Range(0, images).Select(i => new Row { Label = (uint)(i % 10), Features = image });
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(context.Data.LoadFromEnumerable(rows, schema));
        Assert.AreEqual(seen.Network, model.Model.Architecture);
        return (seen.Network!, seen.BatchSize, log);
    }

    private sealed class Row
    {
        [KeyType(10)]
        public uint Label { get; set; }

        public float[] Features { get; set; } = [];
    }
}
