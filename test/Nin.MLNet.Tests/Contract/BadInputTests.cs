using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Contract;

/// <summary>For bad input, the error names the column, what was found, what was expected and how to fix it.</summary>
[TestClass]
public sealed class BadInputTests
{
    private static readonly MLContext Context = new(1);

    [TestMethod]
    public void Fit_NoLabelColumn_NamesItAndTheColumnsThere()
    {
        var data = Context.Transforms.DropColumns("Label")
            .Fit(SyntheticImages.Keyed(Context, 5))
            .Transform(SyntheticImages.Keyed(Context, 5));
        Fails(data, SyntheticImages.Quick(), "label column 'Label'", "'Features'", "Options.LabelColumnName");
    }

    [TestMethod]
    public void Fit_NoFeaturesColumn_NamesIt()
    {
        var options = SyntheticImages.Quick();
        options.FeatureColumnName = "Pixels";
        Fails(SyntheticImages.Keyed(Context, 5), options, "features column 'Pixels'", "Options.FeatureColumnName");
    }

    [TestMethod]
    public void Fit_TextLabel_PointsToMapValueToKey() =>
        Fails(
            Context.Data.LoadFromEnumerable(SyntheticImages.Rows(5)), SyntheticImages.Quick(),
            "Label column 'Label'", "String", "MapValueToKey");

    [TestMethod]
    public void Fit_ScalarFeatures_PointsToExtractPixels()
    {
        var options = SyntheticImages.Quick();
        options.FeatureColumnName = "Number";
        Fails(SyntheticImages.Keyed(Context, 5), options, "'Number'", "Single", "Vector<Single>", "ExtractPixels");
    }

    [TestMethod]
    public void Fit_FlatVectorThatIsNoSquare_AsksForImageShape()
    {
        var data = Context.Transforms.Concatenate("Features", "Features", "Number")
            .Fit(SyntheticImages.Keyed(Context, 5))
            .Transform(SyntheticImages.Keyed(Context, 5));
        Fails(data, SyntheticImages.Quick(), "145 values", "not a square", "Options.ImageShape");
    }

    [TestMethod]
    public void Fit_ImageTooSmall_SaysTheSmallestThatFits()
    {
        var options = SyntheticImages.Quick();
        options.Architecture = NinArchitecture.D2L;
        Fails(SyntheticImages.Keyed(Context, 5), options, "12x12", $"{NinArchitecture.D2L().FindSmallestImage()}x", "Options.ResizeTo");
    }

    [TestMethod]
    public void Fit_NoRows_SaysSo() =>
        FailsForWantOfRows(Context.Data.FilterRowsByColumn(SyntheticImages.Keyed(Context, 5), "Number", lowerBound: 100), "no rows");

    [TestMethod]
    public void Fit_EveryRowSkipped_SaysHowManyAndWhy()
    {
        var known = Context.Transforms.Conversion.MapValueToKey("Label").Fit(Context.Data.LoadFromEnumerable(SyntheticImages.Rows(6)));
        var rows = SyntheticImages.Rows(6).ToArray();
        foreach (var row in rows)
            row.Label = "unheard of";
        FailsForWantOfRows(
            known.Transform(Context.Data.LoadFromEnumerable(rows)),
            "All 6 rows were skipped", "key 0", "'Label'", "MapValueToKey");
    }

    [TestMethod]
    public void Fit_SomeRowsWithoutLabel_SkipsAndLogsTheCount()
    {
        var context = new MLContext(1);
        var messages = new List<string>();
        context.Log += (_, e) => messages.Add(e.Message);
        var known = context.Transforms.Conversion.MapValueToKey("Label").Fit(context.Data.LoadFromEnumerable(SyntheticImages.Rows(60)));
        var rows = SyntheticImages.Rows(60).ToArray();
        rows[3].Label = rows[7].Label = "unheard of";
        using var model = context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick())
            .Fit(known.Transform(context.Data.LoadFromEnumerable(rows)));
        Assert.IsTrue(messages.Any(message => message.Contains("2 row(s) skipped", StringComparison.Ordinal)));
        Assert.IsTrue(messages.Any(message => message.Contains("Epoch 1:", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void Fit_PixelThatIsNoNumber_NamesTheRowWhereAsked(float value)
    {
        var options = SyntheticImages.Quick();
        options.OnBadRow = NinTrainer.BadRowAction.Throw;
        var rows = SyntheticImages.Rows(20).ToArray();
        rows[13].Features[7] = value;
        Fails(SyntheticImages.Keyed(Context, rows), options, "'Features'", "row 13", "finite");
    }

    [TestMethod]
    public void Fit_LabelKeyOutOfRange_NamesRowAndRange() =>
        Fails(new RawKeys(3, 1, 2, 3, 9), SyntheticImages.Quick(), "'Label'", "key 9", "row 3", "1 to 3");

    [TestMethod]
    public void Fit_OneClass_SaysSo() =>
        Fails(SyntheticImages.Keyed(Context, 20, classes: 1), SyntheticImages.Quick(), "1 class", "at least 2");

    [TestMethod]
    public void Fit_OtherLengthInRow7000_NamesTheRow()
    {
        var rows = Enumerable.Range(0, 7_010).Select(i => new Loose { Label = $"{i % 2}", Features = new float[i == 7_000 ? 15 : 16] });
        var options = SyntheticImages.Quick();
        options.ImageShape = new NinImageShape(1, 4, 4);
        options.Architecture = (channels, classes) => new NinArchitecture(channels, [new NinBlock(classes, 3, 1, 1)]);
        var data = Context.Data.LoadFromEnumerable(rows);
        Fails(
            Context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data), options,
            "15 values", "row 7,000", "expected 16");
    }

    [TestMethod]
    public void Fit_ImageShapeOfTooManyValues_SaysSoBeforeReading()
    {
        var options = SyntheticImages.Quick();
        options.ImageShape = new NinImageShape(1, 65_536, 65_536);
        var data = Context.Data.LoadFromEnumerable(new[]
        {
            new Loose { Label = "a", Features = new float[16] },
            new Loose { Label = "b", Features = new float[16] },
        });
        Fails(
            Context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data), options,
            "Options.ImageShape is 1x65536x65536", "at most 536,870,911");
    }

    [TestMethod]
    public void Fit_ArchitectureOfOtherClasses_NamesBothNumbers()
    {
        var options = SyntheticImages.Quick();
        options.Architecture = (_, _) => NinArchitecture.Small(1, 7, 8);
        Fails(SyntheticImages.Keyed(Context, 20), options, "7 classes", "has 3");
    }

    [TestMethod]
    [DataRow(0)]
    // A share that amounts to none of 20 images.
    [DataRow(0.001)]
    public void Fit_PatienceWithoutValidation_SaysSo(double fraction)
    {
        var options = SyntheticImages.Quick();
        (options.EarlyStoppingPatience, options.ValidationSetFraction) = (3, fraction);
        Fails(SyntheticImages.Keyed(Context, 20), options, "Options.EarlyStoppingPatience is 3", "Options.ValidationSetFraction");
    }

    [TestMethod]
    public void FitAndFindLearningRate_WeightOnlyForAClassThatIsAbsent_SayThereIsNothingToLearn()
    {
        var options = SyntheticImages.Quick();
        options.ClassWeights = [0, 0, 1];
        var keyed = SyntheticImages.Keyed(Context, 60);
        var data = Context.Data.FilterRowsByKeyColumnFraction(keyed, "Label", upperBound: 0.6);
        Fails(data, options, "Options.ClassWeights has a weight of 0 for every class that has training images");
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => Context.MulticlassClassification.Trainers.Nin(options).FindLearningRate(data));
        StringAssert.Contains(error.Message, "at least one of these classes a weight above 0");
    }

    [TestMethod]
    public void Fit_ClassWeightsOfOtherLength_NamesBothNumbers()
    {
        var options = SyntheticImages.Quick();
        options.ClassWeights = [1, 2];
        Fails(SyntheticImages.Keyed(Context, 20), options, "Options.ClassWeights has 2 values", "expected 3");
    }

    [TestMethod]
    public void Fit_ValidationSetOfOtherShape_NamesBothTypes() =>
        FailsValidation(
            Context.Transforms.Conversion.MapValueToKey("Label")
                .Fit(Context.Data.LoadFromEnumerable(Other()))
                .Transform(Context.Data.LoadFromEnumerable(Other())),
            "validation set", "'Features'", "Vector<Single, 16>", "expected Vector<Single, 144>");

    [TestMethod]
    public void Fit_ValidationSetOfOtherClasses_NamesBothNumbers() =>
        FailsValidation(SyntheticImages.Keyed(Context, 20, classes: 2), "validation set", "'Label'", "2 classes", "expected 3");

    [TestMethod]
    public void Fit_ValidationSetWithClassesInOtherOrder_NamesTheFirstThatDiffers() =>
        // Keys are numbered in order of appearance, which is reversed here.
        FailsValidation(
            SyntheticImages.Keyed(Context, SyntheticImages.Rows(20).Reverse()),
            "validation set", "'Label'", "class 1", "'class 0'", "MapValueToKey");

    [TestMethod]
    public void Fit_ValidationSetWithoutKeysOrColumn_IsNamedAndSoIsTheWayOut()
    {
        var texts = Context.Data.LoadFromEnumerable(SyntheticImages.Rows(20));
        FailsValidation(texts, "The validation set's label column 'Label' is of type String", "the same fitted pipeline");
        FailsValidation(
            Context.Transforms.DropColumns("Features").Fit(texts).Transform(texts), "The validation set has no column 'Features'");
    }

    [TestMethod]
    public void Fit_ValidationSetWithBadRows_IsNamed()
    {
        var (train, rows) = (SyntheticImages.Keyed(Context, 20), SyntheticImages.Rows(20).ToArray());
        var options = SyntheticImages.Quick();
        options.OnBadRow = NinTrainer.BadRowAction.Throw;
        rows[12].Features[3] = float.NaN;
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() =>
            Context.MulticlassClassification.Trainers.Nin(options).Fit(train, SyntheticImages.Keyed(Context, rows)));
        StringAssert.Contains(error.Message, "In the validation set: Features column 'Features' holds NaN in row 12");
        Assert.IsTrue(InBox.IsMarked(error), $"{error}");
        var none = Assert.ThrowsExactly<InvalidOperationException>(() => Context.MulticlassClassification.Trainers.Nin(options).Fit(
            train, Context.Data.SkipRows(SyntheticImages.Keyed(Context, 20), 20)));
        StringAssert.Contains(none.Message, "In the validation set: The data has no rows");
        Assert.IsTrue(InBox.IsMarked(none), $"{none}");
    }

    [TestMethod]
    public void Fit_ValidationSetWhoseOwnCodeThrows_PassesThatOn()
    {
        var own = new InvalidOperationException("the data's own");
        var train = SyntheticImages.Keyed(Context, 20);
        var rows = Context.Transforms.Conversion.MapValueToKey("Label").Fit(Context.Data.LoadFromEnumerable(SyntheticImages.Rows(20)))
            .Transform(Context.Data.LoadFromEnumerable(SyntheticImages.Rows(20).Select(row => row.Number < 12 ? row : throw own)));
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(train, rows));
        // ML.NET may wrap it; we add nothing.
        Assert.AreSame(own, error.GetBaseException());
        Assert.DoesNotContain("validation", error.Message);
    }

    [TestMethod]
    public void Fit_RateThatExplodesAtOnce_RecoversOrSaysWhatToChange()
    {
        var options = SyntheticImages.Quick();
        options.Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 8) with { BatchNorm = false };
        (options.LearningRate, options.Schedule, options.MaxRecoveries) = (100, NinTrainer.Schedule.Constant, 1);
        var error = Assert.ThrowsExactly<NinTrainingCollapsedException>(
            () => Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 90)));
        foreach (var part in new[] { "recovered 1 time(s)", "Lower Options.LearningRate" })
            StringAssert.Contains(error.Message, part);
        options.MaxRecoveries = 20;
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 90));
        Assert.IsTrue(model.Model.History.All(epoch => double.IsFinite(epoch.TrainLoss)));
    }

    [TestMethod]
    public void Fit_OneImageForEachClass_TrainsOnAllOfThem()
    {
        var options = SyntheticImages.Quick();
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 3));
        Assert.IsTrue(model.Model.History.All(epoch => double.IsFinite(epoch.TrainLoss) && epoch.ValidationAccuracy is null));
    }

    [TestMethod]
    public void Fit_AThousandClasses_GivesAThousandScores()
    {
        var options = SyntheticImages.Quick();
        options.NumberOfEpochs = 1;
        var data = SyntheticImages.Keyed(Context, 1_000, classes: 1_000);
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        var scores = TrainerContractTests.Scores(model, Context.Data.TakeRows(data, 2));
        Assert.HasCount(2_000, scores);
        Assert.AreEqual(1, scores.Take(1_000).Sum(), 1e-3);
    }

    [TestMethod]
    public void Transform_NoFeaturesColumn_NamesIt()
    {
        using var model = Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(SyntheticImages.Keyed(Context, 20));
        var data = Context.Transforms.DropColumns("Features")
            .Fit(SyntheticImages.Keyed(Context, 5))
            .Transform(SyntheticImages.Keyed(Context, 5));
        var error = Assert.Throws<ArgumentException>(() => model.Transform(data));
        StringAssert.Contains(error.Message, "features column 'Features'");
    }

    private static Tiny[] Other() =>
        [.. Enumerable.Range(0, 20).Select(i => new Tiny { Label = $"class {i % 3}", Features = new float[16] })];

    private static void FailsValidation(IDataView validation, params string[] expected)
    {
        var trainer = Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick());
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(SyntheticImages.Keyed(Context, 20), validation));
        Assert.IsTrue(InBox.IsMarked(error), $"{error}");
        foreach (var part in expected)
            StringAssert.Contains(error.Message, part);
    }

    private static void Fails(IDataView data, NinTrainer.Options options, params string[] expected)
    {
        var trainer = Context.MulticlassClassification.Trainers.Nin(options);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(data));
        Assert.IsTrue(InBox.IsMarked(error), $"{error}");
        foreach (var part in expected)
            StringAssert.Contains(error.Message, part);
    }

    private static void FailsForWantOfRows(IDataView data, params string[] expected)
    {
        var trainer = Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick());
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(data));
        Assert.IsTrue(InBox.IsMarked(error), $"{error}");
        foreach (var part in expected)
            StringAssert.Contains(error.Message, part);
    }

    private sealed class Loose
    {
        public string Label { get; set; } = "";

        public float[] Features { get; set; } = [];
    }

    private sealed class Tiny
    {
        public string Label { get; set; } = "";

        [VectorType(16)]
        public float[] Features { get; set; } = [];
    }
}
