using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Data;
using Nin.MLNet.Network;
using Nin.MLNet.Tests.Training;
using Nin.MLNet.Training;

namespace Nin.MLNet.Tests.Data;

[TestClass]
public sealed class ExampleSetTests
{
    private static readonly MLContext Context = new(1);
    private static readonly ExampleColumns Columns = new("Features", "Label", "Weight", NinImageLayout.Flat(new NinImageShape(1, 4, 4)), 3);

    [TestMethod]
    [DataRow(null)]
    [DataRow(0L)]
    [DataRow(100L)]
    public void ContentHash_AnyBudget_IsTheSame(long? budget)
    {
        Assert.AreEqual(64, Hash(Rows()).Length);
        Assert.AreEqual(Hash(Rows()), Hash(Rows(), budget));
    }

    [TestMethod]
    public void ContentHash_AnyChange_IsAnother()
    {
        var hashes = new List<string>
        {
            Hash(Rows()),
            Hash([.. Rows().Reverse()]),
            Hash(Rows()[..^1]),
            Hash(Changed(row => row.Features[5]++)),
            Hash(Changed(row => row.Features[5] += 0.5f)),
            Hash(Changed(row => row.Label = (row.Label + 1) % 3)),
            Hash(Changed(row => row.Weight = 2)),
            Hash(Rows(), columns: Columns with { Classes = 4 }),
            Hash(Rows(), columns: Columns with { Layout = NinImageLayout.Flat(new NinImageShape(1, 2, 8)) }),
        };
        Assert.HasCount(hashes.Count, hashes.Distinct());

        static Row[] Changed(Action<Row> change)
        {
            var rows = Rows();
            change(rows[7]);
            return rows;
        }
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(3)]
    public void ContentHash_SharedByRanks_IsThatOfTheWhole(int ranks)
    {
        var (outcomes, _) = ThreadRanks.Run(ranks, group =>
        {
            using var share = ExampleSet.Read(View(Rows()), Columns, null, null, () => { }, new Shard(group.Rank, group.Count));
            var own = share.ContentHash;
            share.Share(new Replicas(group));
            return (Own: own, Shared: share.ContentHash);
        });
        Assert.IsTrue(outcomes.All(outcome => outcome.Value.Shared == Hash(Rows())));
        Assert.HasCount(ranks, outcomes.Select(outcome => outcome.Value.Own).Distinct());
    }

    [TestMethod]
    public void Read_CacheDirectoryThatIsNone_IsRefusedBeforeTheFirstRow()
    {
        var folder = Path.Combine(Path.GetTempPath(), "no such folder");
        var read = 0;
        var error = Assert.Throws<ArgumentException>(
            () => ExampleSet.Read(View(Rows().Select(row => { read++; return row; })), Columns, 0, folder, () => { }));
        StringAssert.Contains(error.Message, $"Options.CacheDirectory is '{folder}'");
        Assert.AreEqual(0, read);
    }

    [TestMethod]
    public void Read_CacheDirectory_TakesTheFile()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            using (ExampleSet.Read(View(Rows()), Columns, 0, folder.FullName, () => { }))
                Assert.HasCount(1, TemporaryFiles.Open(folder.FullName));
            Assert.IsEmpty(TemporaryFiles.Open(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    public void Read_BadRowAfterTheBudget_LeavesNoFile()
    {
        var rows = Rows();
        rows[^1].Weight = -1;
        Assert.Throws<ArgumentException>(
            () => ExampleSet.Read(View(rows), Columns with { OnBadRow = NinTrainer.BadRowAction.Throw }, 0, null, () => { }));
        Assert.IsEmpty(TemporaryFiles.Open());
    }

    [TestMethod]
    public void Read_AsksWhetherToGoOn_BeforeTheFirstRow()
    {
        var read = 0;
        var data = View(Rows().Select(row => { read++; return row; }));
        Assert.ThrowsExactly<OperationCanceledException>(
            () => ExampleSet.Read(data, Columns, null, null, () => throw new OperationCanceledException()));
        Assert.AreEqual(0, read);
    }

    [TestMethod]
    public void Read_SlowRowsThatAreSkipped_AsksAllTheWhile()
    {
        var rows = Rows();
        foreach (var row in rows)
            row.Label = 3;
        var asked = 0;
        Assert.ThrowsExactly<InvalidOperationException>(() => ExampleSet.Read(View(rows.Select(Slow)), Columns, null, null, () => asked++));
        Assert.IsGreaterThan(5, asked);

        static Row Slow(Row row)
        {
            Thread.Sleep(20);
            return row;
        }
    }

    [TestMethod]
    public void Read_OtherCulture_WritesNumbersAsEver()
    {
        var before = CultureInfo.CurrentCulture;
        var rows = Enumerable.Range(0, 2_000).Select(_ => new Row { Label = 1 }).ToArray();
        rows[1_234].Weight = -0.5f;
        try
        {
            var other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (other.NumberFormat.NumberGroupSeparator, other.NumberFormat.NumberDecimalSeparator) = (".", ",");
            CultureInfo.CurrentCulture = other;
            var error = Assert.Throws<ArgumentException>(
                () => ExampleSet.Read(View(rows), Columns with { OnBadRow = NinTrainer.BadRowAction.Throw }, null, null, () => { }));
            StringAssert.Contains(error.Message, "holds -0.5 in row 1,234");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [TestMethod]
    public void Read_RowsThatCannotBeLearntFrom_AreCountedByTheirReason()
    {
        var rows = Rows();
        rows[0].Label = rows[1].Label = 3;
        (rows[2].Weight, rows[3].Weight, rows[4].Weight) = (-1, float.NaN, float.PositiveInfinity);
        (rows[5].Features[15], rows[6].Weight) = (float.NaN, 0);
        using var examples = ExampleSet.Read(View(rows), Columns, null, null, () => { });
        var skipped = examples.Skipped;
        Assert.AreEqual((2L, 3L, 1L, 0L), (skipped.WithoutLabel, skipped.BadWeight, skipped.BadPixels, skipped.WithoutImage));
        Assert.AreEqual((1L, 6L), (skipped.WeightOfZero, skipped.Bad));
        Assert.AreEqual(
            "2 without a label (key 0), 3 with a weight that is negative or not finite, 1 with a pixel that is not finite, " +
            "1 of weight 0",
            skipped.ToString());
        CollectionAssert.AreEqual(Enumerable.Range(7, 23).Select(i => i % 3).ToArray(), examples.Classes);
        Assert.HasCount(23, examples.Weights!);
    }

    [TestMethod]
    public void Read_NoRowAtAllOrNoneToLearnFrom_SaysWhatToDo()
    {
        StringAssert.Contains(Refused([]), "has no rows");
        StringAssert.Contains(Refused(Rows(), row => row.Label = 3), "All 30 rows were skipped: 30 without a label");
        StringAssert.Contains(Refused(Rows(), row => row.Label = 3), "MapValueToKey");
        StringAssert.Contains(Refused(Rows(), row => row.Weight = 0), "a finite weight above 0 in 'Weight'");
        StringAssert.Contains(Refused(Rows(), row => row.Features[0] = float.NaN), "ReplaceMissingValues");

        static string Refused(Row[] rows, Action<Row>? change = null)
        {
            foreach (var row in rows)
                change?.Invoke(row);
            return Assert.ThrowsExactly<InvalidOperationException>(
                () => ExampleSet.Read(View(rows), Columns, null, null, () => { })).Message;
        }
    }

    [TestMethod]
    public void Normalization_OfEachChannel_IsMeanAndDeviationOverAllImages()
    {
        // Two channels of 2 x 4; the second never varies.
        var columns = Columns with { Layout = NinImageLayout.Flat(new NinImageShape(2, 2, 4)), Weight = null };
        Row[] rows = [.. Rows().Take(3)];
        for (var i = 0; i < 3; i++)
            rows[i].Features = [.. Enumerable.Repeat(10f * i, 8), .. Enumerable.Repeat(7f, 8)];
        using var examples = ExampleSet.Read(View(rows), columns, null, null, () => { });
        CollectionAssert.AreEqual(new[] { 10f, 7 }, examples.Normalization.Mean);
        Assert.AreEqual(Math.Sqrt(200 / 3.0), examples.Normalization.Std[0], 1e-5);
        Assert.AreEqual(1, examples.Normalization.Std[1]);
        Assert.IsNull(examples.Weights);
    }

    // A deviation that is a rounding error would blow up every pixel of another value, such as those that a shift fills with 0.
    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Normalization_ChannelThatNeverVaries_HasADeviationOfOne(int ranks)
    {
        foreach (var constant in new[] { 0.1f, 1 / 3f, -0.7f, 100.1f, 1e-5f, 1e7f + 1, 1e20f })
        {
            var found = NormalizationOf(ranks, (_, _) => constant);
            Assert.AreEqual((constant, 1f), (found.Mean[0], found.Std[0]), $"{constant}");
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Normalization_SmallDifferencesOfHugeValues_AreMeasured(int ranks)
    {
        // By the row and by the pixel, 1 above or below ten million.
        var found = NormalizationOf(ranks, (row, pixel) => 1e7f + (((row / 4) + pixel) % 2 == 0 ? 1 : -1));
        Assert.AreEqual((1e7f, 1f), (found.Mean[0], found.Std[0]));
        found = NormalizationOf(ranks, (row, _) => 1e7f + (row % 2 == 0 ? 1 : -1));
        Assert.AreEqual((1e7f, 1f), (found.Mean[0], found.Std[0]));
    }

    /// <summary>Of 1,000 images, on all of the ranks the same.</summary>
    private static Normalization NormalizationOf(int ranks, Func<int, int, float> value)
    {
        var (outcomes, _) = ThreadRanks.Run(ranks, group =>
        {
            var rows = Enumerable.Range(0, 1_000).Select(number => new Row
            {
                Label = (uint)(number % 3),
                Features = [.. Enumerable.Range(0, 16).Select(pixel => value(number, pixel))],
            });
            using var examples = ExampleSet.Read(View(rows), Columns, null, null, () => { }, new Shard(group.Rank, group.Count));
            examples.Share(new Replicas(group));
            return examples.Normalization;
        });
        var first = outcomes[0].Value!;
        foreach (var outcome in outcomes)
            Assert.IsTrue(first.Mean.SequenceEqual(outcome.Value!.Mean) && first.Std.SequenceEqual(outcome.Value.Std));
        return first;
    }

    private static string Hash(Row[] rows, long? budget = null, ExampleColumns? columns = null)
    {
        using var examples = ExampleSet.Read(View(rows), columns ?? Columns, budget, null, () => { });
        return examples.ContentHash;
    }

    private static IDataView View(IEnumerable<Row> rows) => Context.Data.LoadFromEnumerable(rows);

    private static Row[] Rows() => [.. Enumerable.Range(0, 30).Select(i => new Row
    {
        Label = (uint)(i % 3),
        Features = [.. Enumerable.Range(0, 16).Select(p => (float)(i + p))],
    })];

    private sealed class Row
    {
        // Counted from 0; 3 and above are missing labels.
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(16)]
        public float[] Features { get; set; } = new float[16];

        public float Weight { get; set; } = 1;
    }
}
