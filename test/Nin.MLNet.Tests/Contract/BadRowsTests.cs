using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Contract;

/// <summary>
/// Rows that cannot be learnt from are skipped and counted, as in ML.NET's own trainers, or cause an exception if requested.
/// </summary>
[TestClass]
public sealed class BadRowsTests
{
    private const int Good = 60;

    [TestMethod]
    public void Fit_BadRowsAmongGoodOnes_LearnsFromTheGoodOnesAloneAsInBox()
    {
        var context = new MLContext(1);
        var (good, all) = (Keyed(context, Rows(bad: false)), Keyed(context, Rows(bad: true)));
        var inBox = InBox.Lbfgs(context, weight: "Weight");
        Assert.IsTrue(Scores(inBox, good, good).SequenceEqual(Scores(inBox, all, good)));
        Assert.IsTrue(Scores(Nin(context), good, good).SequenceEqual(Scores(Nin(context), all, good)));
    }

    [TestMethod]
    public void Fit_BadRows_WarnsOfTheirNumberAsInBox()
    {
        var context = new MLContext(1);
        var warnings = new List<string>();
        context.Log += (_, e) =>
        {
            if (e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
                warnings.Add(e.Message);
        };
        var all = Keyed(context, Rows(bad: true));
        _ = InBox.Lbfgs(context, weight: "Weight").Fit(all);
        Assert.IsNotEmpty(warnings);
        warnings.Clear();
        using var model = Nin(context).Fit(all);
        var warning = warnings.Single(message => message.Contains("skipped", StringComparison.Ordinal));
        foreach (var part in new[] { "6 row(s) skipped", "1 without a label", "3 with a weight", "2 with a pixel" })
            StringAssert.Contains(warning, part);
    }

    [TestMethod]
    [DataRow(0, "holds NaN in row 60")]
    [DataRow(1, "holds Infinity in row 60")]
    [DataRow(2, "holds -1 in row 60")]
    [DataRow(3, "holds NaN in row 60")]
    [DataRow(4, "holds Infinity in row 60")]
    public void Fit_BadRowAndThrow_NamesTheRow(int bad, string part)
    {
        var context = new MLContext(1);
        var data = Keyed(context, [.. Rows(bad: false), BadRows()[bad]]);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Nin(context, NinTrainer.BadRowAction.Throw).Fit(data));
        StringAssert.Contains(error.Message, part);
        Assert.IsTrue(InBox.IsMarked(error));
    }

    [TestMethod]
    public void Fit_WeightZeroOrNoLabelAndThrow_LeavesThemOut()
    {
        var context = new MLContext(1);
        var good = Keyed(context, Rows(bad: false));
        var all = Keyed(context, [.. Rows(bad: false), .. BadRows()[5..]]);
        Assert.IsTrue(Scores(Nin(context), good, good).SequenceEqual(Scores(Nin(context, NinTrainer.BadRowAction.Throw), all, good)));
    }

    [TestMethod]
    public void Fit_BadRowsInValidationSet_AreLeftOutAndCounted()
    {
        var context = new MLContext(1);
        var messages = new List<string>();
        context.Log += (_, e) => messages.Add(e.Message);
        // Weights matter only in training.
        Row[] rows = [.. Rows(bad: false), .. BadRows()[..2]];
        using var model = Nin(context).Fit(Keyed(context, Rows(bad: false)), Keyed(context, rows));
        Assert.IsTrue(double.IsFinite(model.Model.History[^1].ValidationLoss!.Value));
        Assert.IsTrue(messages.Any(message => message.Contains("2 row(s) of the validation set skipped", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Fit_LabelAboveItsTypesCount_ThrowsWhateverTheOption()
    {
        var context = new MLContext(1);
        var trainer = context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick());
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(new RawKeys(3, 1, 2, 3, 9)));
        StringAssert.Contains(error.Message, "key 9");
    }

    private static float[] Scores(IEstimator<ITransformer> trainer, IDataView train, IDataView data)
    {
        var model = trainer.Fit(train);
        using var _ = model as IDisposable;
        return TrainerContractTests.Scores(model, data);
    }

    private static NinTrainer Nin(MLContext context, NinTrainer.BadRowAction onBadRow = NinTrainer.BadRowAction.Skip)
    {
        var options = SyntheticImages.Quick();
        (options.ExampleWeightColumnName, options.OnBadRow) = ("Weight", onBadRow);
        return context.MulticlassClassification.Trainers.Nin(options);
    }

    private static IDataView Keyed(MLContext context, Row[] rows)
    {
        var map = context.Transforms.Conversion.MapValueToKey("Label").Fit(context.Data.LoadFromEnumerable(Rows(bad: false)));
        return map.Transform(context.Data.LoadFromEnumerable(rows));
    }

    private static Row[] Rows(bool bad)
    {
        var rows = SyntheticImages.Rows(Good)
            .Select(row => new Row { Label = row.Label, Features = row.Features, Weight = 1 + (row.Number % 2) }).ToList();
        if (bad)
        {
            foreach (var (row, at) in BadRows().Zip([0, 7, 8, 20, 30, 41, 60]))
                rows.Insert(at, row);
        }

        return [.. rows];
    }

    /// <summary>Two with bad pixels, three with bad weights, one with weight 0, one without a label.</summary>
    private static Row[] BadRows() =>
    [
        Bad(row => row.Features[5] = float.NaN),
        Bad(row => row.Features[143] = float.PositiveInfinity),
        Bad(row => row.Weight = -1),
        Bad(row => row.Weight = float.NaN),
        Bad(row => row.Weight = float.PositiveInfinity),
        Bad(row => row.Weight = 0),
        Bad(row => row.Label = "unheard of"),
    ];

    private static Row Bad(Action<Row> spoil)
    {
        // The label is wrong, so that learning from this row would change the result.
        var row = new Row { Label = "class 2", Features = SyntheticImages.Rows(1)[0].Features };
        spoil(row);
        return row;
    }

    private sealed class Row
    {
        public string Label { get; set; } = "";

        [VectorType(SyntheticImages.Side * SyntheticImages.Side)]
        public float[] Features { get; set; } = [];

        public float Weight { get; set; } = 1;
    }
}
