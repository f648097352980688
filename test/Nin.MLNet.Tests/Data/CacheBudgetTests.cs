using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Data;

/// <summary>What a user sees when images exceed Options.CacheBudget, and when reading takes long.</summary>
[TestClass]
public sealed class CacheBudgetTests
{
    private static readonly MLContext Context = new(1);

    [TestMethod]
    public void Fit_SortedClassesOnDisk_Learns()
    {
        var options = Quick(0);
        options.NumberOfEpochs = 6;
        var data = SyntheticImages.Keyed(Context, SyntheticImages.Rows(300).OrderBy(row => row.Label));
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        Assert.IsGreaterThan(
            0.9,
            Context.MulticlassClassification.Evaluate(model.Transform(SyntheticImages.Keyed(Context, 90, seed: 4))).MicroAccuracy);
    }

    [TestMethod]
    [DataRow(1f, DisplayName = "bytes")]
    [DataRow(0.5f, DisplayName = "floats")]
    public void Fit_OnDisk_GivesBitwiseTheModelOfOneInMemory(float scale)
    {
        var rows = SyntheticImages.Rows(150);
        foreach (var row in rows)
            row.Features = [.. row.Features.Select(value => value * scale)];
        var data = SyntheticImages.Keyed(Context, rows);
        var expected = Weights(null);
        foreach (var budget in new[] { 0L, 10_000 })
            Assert.IsTrue(Weights(budget).AsSpan().SequenceEqual(expected), $"budget {budget}");

        byte[] Weights(long? budget)
        {
            var options = Quick(budget);
            (options.HorizontalFlip, options.MaxShiftPixels, options.RandomErasingProbability, options.ValidationSetFraction) =
                (NinTrainer.Mirroring.On, 1, 0.5, 0.2);
            using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
            var path = Path.GetTempFileName();
            try
            {
                model.Model.SaveWeights(path);
                return File.ReadAllBytes(path);
            }
            finally
            {
                File.Delete(path);
            }
        }
    }

    [TestMethod]
    [DataRow(null)]
    [DataRow(0L)]
    public void Fit_RowsThatCanBeReadOnce_Learns(long? budget)
    {
        var options = Quick(budget);
        (options.NumberOfEpochs, options.ValidationSetFraction) = (6, 0.2);
        var cursors = 0;
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(Context.Data.LoadFromEnumerable(Once()));
        Assert.AreEqual(1, cursors);
        Assert.IsTrue(model.Model.History.All(epoch => double.IsFinite(epoch.TrainLoss)));
        Assert.IsGreaterThan(0.9, model.Model.History[^1].TrainAccuracy);

        IEnumerable<KeyedRow> Once()
        {
            Assert.AreEqual(1, ++cursors, "read again");
            foreach (var row in KeyedRows(300))
                yield return row;
        }
    }

    [TestMethod]
    public void Fit_OnDisk_LeavesNoFile()
    {
        var seen = 0;
        var options = Quick(0);
        options.Callbacks.Add(NinCallback.AfterStep(_ => seen = TemporaryFiles.Open().Length));
        using var model = Context.MulticlassClassification.Trainers.Nin(options)
            .Fit(SyntheticImages.Keyed(Context, 60), SyntheticImages.Keyed(Context, 30));
        Assert.AreEqual(2, seen, "one for each set");
        Assert.IsEmpty(TemporaryFiles.Open());
    }

    [TestMethod]
    public void Fit_OnDiskEndsWithAnError_LeavesNoFile()
    {
        var options = Quick(0);
        options.Callbacks.Add(NinCallback.AfterStep(_ => throw new InvalidOperationException($"{TemporaryFiles.Open().Length} open")));
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 60)));
        Assert.AreEqual("1 open", error.Message);
        Assert.IsEmpty(TemporaryFiles.Open());
    }

    [TestMethod]
    public void Fit_OnDiskIsCancelled_LeavesNoFile()
    {
        using var stop = new CancellationTokenSource();
        var seen = 0;
        var options = Quick(0);
        options.CancellationToken = stop.Token;
        options.Callbacks.Add(NinCallback.AfterStep(_ =>
        {
            seen = TemporaryFiles.Open().Length;
            stop.Cancel();
        }));
        Assert.Throws<OperationCanceledException>(
            () => Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 60)));
        Assert.AreEqual(1, seen);
        Assert.IsEmpty(TemporaryFiles.Open());
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Fit_CancelledWhileReadingSlowRows_ThrowsAfterAFewMore(bool slowOnesAreForValidation)
    {
        const int cancelled = 20;
        using var stop = new CancellationTokenSource();
        var options = Quick(null);
        options.CancellationToken = stop.Token;
        var read = 0;
        var slow = Context.Data.LoadFromEnumerable(KeyedRows(300).Select(Slowly));
        var trainer = Context.MulticlassClassification.Trainers.Nin(options);
        Assert.Throws<OperationCanceledException>(() => slowOnesAreForValidation
            ? trainer.Fit(Context.Data.LoadFromEnumerable(KeyedRows(60)), slow)
            : trainer.Fit(slow));
        // The trainer looks every 50 ms, which is at most three rows later: on a busy machine, rows only take longer.
        Assert.IsInRange(cancelled, cancelled + 5, read);

        KeyedRow Slowly(KeyedRow row)
        {
            Thread.Sleep(20);
            if (++read == cancelled)
                stop.Cancel();
            return row;
        }
    }

    [TestMethod]
    public void Fit_CancelledBefore_ReadsNoRow()
    {
        var options = Quick(null);
        options.CancellationToken = new CancellationToken(canceled: true);
        var data = Context.Data.LoadFromEnumerable(
            KeyedRows(10).Select<KeyedRow, KeyedRow>(_ => throw new InvalidOperationException("read")));
        Assert.Throws<OperationCanceledException>(() => Context.MulticlassClassification.Trainers.Nin(options).Fit(data));
    }

    private static NinTrainer.Options Quick(long? budget)
    {
        var options = SyntheticImages.Quick();
        options.CacheBudget = budget;
        return options;
    }

    private static IEnumerable<KeyedRow> KeyedRows(int count) =>
        SyntheticImages.Rows(count).Select((row, i) => new KeyedRow { Label = (uint)(i % 3), Features = row.Features });

    private sealed class KeyedRow
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(SyntheticImages.Side * SyntheticImages.Side)]
        public float[] Features { get; set; } = [];
    }
}
