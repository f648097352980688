using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Tests.Contract;

/// <summary>Wrong columns are rejected where, when and how ML.NET's own trainers reject them; the message says how to fix it.</summary>
[TestClass]
public sealed class SchemaMannersTests
{
    private static readonly MLContext Context = new(1);

    // The three columns' names, one of them wrong, and parts of the message.
    [TestMethod]
    [DataRow("Nowhere", "Label", null, "features column 'Nowhere'", "Options.FeatureColumnName")]
    [DataRow("Features", "Nowhere", null, "label column 'Nowhere'", "Options.LabelColumnName")]
    [DataRow("Features", "Label", "Nowhere", "weight column 'Nowhere'", "Options.ExampleWeightColumnName")]
    [DataRow("Features", "Text", null, "String", "MapValueToKey")]
    [DataRow("Features", "Keys", null, "Label column 'Keys'", "one key a row")]
    [DataRow("Features", "Label", "Double", "Double", "ConvertType")]
    [DataRow("Features", "Label", "Text", "String", "ConvertType")]
    [DataRow("Features", "Label", "Features", "Weight column 'Features'", "one weight a row")]
    [DataRow("Features", "Label", "Label", "Weight column 'Label'", "Key")]
    [DataRow("Loose", "Label", null, "unknown length", "Options.ImageShape")]
    [DataRow("Doubles", "Label", null, "Double", "Vector<Single>")]
    [DataRow("Double", "Label", null, "Features column 'Double'", "ExtractPixels")]
    [DataRow("Label", "Label", null, "Features column 'Label'", "ExtractPixels")]
    public void WrongColumn_GetOutputSchemaAndFit_ThrowAsInBox(string features, string label, string? weight, params string[] parts)
    {
        var data = Data();
        var shape = SchemaShapes.Of(data.Schema);
        var ours = Nin(features, label, weight);
        foreach (var inBox in new[] { InBox.Sdca(Context, features, label, weight), InBox.Lbfgs(Context, features, label, weight) })
        {
            Same(() => inBox.GetOutputSchema(shape), () => ours.GetOutputSchema(shape), parts);
            Same(() => inBox.Fit(data), () => ours.Fit(data), parts);
            // A pipeline in front of it: none of its estimators may be fitted before the trainer's columns are checked.
            var fitted = false;
            Same(() => Piped(inBox, () => { }).Fit(data), () => Piped(ours, () => fitted = true).Fit(data), parts);
            Assert.IsFalse(fitted);
        }
    }

    [TestMethod]
    public void RightColumns_GetOutputSchema_PromisesThem()
    {
        var shape = SchemaShapes.Of(Data().Schema);
        _ = Nin("Features", "Label", "Weight").GetOutputSchema(shape);
        var options = SyntheticImages.Quick();
        (options.FeatureColumnName, options.ImageShape) = ("Loose", new NinImageShape(1, 4, 4));
        _ = Context.MulticlassClassification.Trainers.Nin(options).GetOutputSchema(shape);
    }

    [TestMethod]
    public void Fit_NoRows_ThrowsAsInBox()
    {
        var none = Context.Data.FilterRowsByColumn(Data(), "Weight", lowerBound: 100);
        foreach (var inBox in new[] { InBox.Sdca(Context), InBox.Lbfgs(Context) })
            Same(() => inBox.Fit(none), () => Nin("Features", "Label", null).Fit(none), "no rows");
    }

    [TestMethod]
    public void Fit_NoUsableRow_ThrowsAsInBox()
    {
        var rows = Rows();
        foreach (var row in rows)
            row.Weight = -1;
        var data = Keyed(rows);
        foreach (var inBox in new[] { InBox.Sdca(Context, weight: "Weight"), InBox.Lbfgs(Context, weight: "Weight") })
        {
            Same(
                () => inBox.Fit(data),
                () => Nin("Features", "Label", "Weight").Fit(data),
                "All 12 rows were skipped", "12 with a weight", "'Weight'");
        }
    }

    [TestMethod]
    public void Fit_OneClass_ThrowsAsInBox() => Same(
        () => InBox.Sdca(Context).Fit(new RawKeys(1, 1, 1, 1)),
        () => Nin("Features", "Label", null).Fit(new RawKeys(1, 1, 1, 1)),
        "1 class", "at least 2");

    [TestMethod]
    public void Nin_OptionOutOfRange_ThrowsAsInBox() => Same(
        () => Context.MulticlassClassification.Trainers.SdcaMaximumEntropy(maximumNumberOfIterations: 0),
        () => Context.MulticlassClassification.Trainers.Nin(new NinTrainer.Options { NumberOfEpochs = 0 }), "Options.NumberOfEpochs is 0");

    [TestMethod]
    public void Transform_WrongFeatures_ThrowsAsInBoxAndNeverSpeaksOfOptions()
    {
        var data = Data();
        using var ours = Nin("Features", "Label", null).Fit(data);
        var inBox = InBox.Sdca(Context).Fit(data);
        const string Expected = "expected Vector<Single, 16>";
        var columns = new[] { ("Loose", Expected), ("Doubles", Expected), ("Double", "got Double"), ("Text", "got String") };
        foreach (var (source, part) in columns)
        {
            var other = Context.Transforms.CopyColumns("Features", source).Fit(data).Transform(data);
            Same(() => inBox.GetOutputSchema(other.Schema), () => ours.Transform(other), part);
            Same(() => inBox.GetOutputSchema(other.Schema), () => ours.GetOutputSchema(other.Schema), part);
            Assert.DoesNotContain("Options", InBox.Thrown(() => ours.Transform(other))!.Message);
        }

        var without = Context.Transforms.DropColumns("Features").Fit(data).Transform(data);
        Same(() => inBox.GetOutputSchema(without.Schema), () => ours.Transform(without), "'Features'");
        Assert.DoesNotContain("Options", InBox.Thrown(() => ours.Transform(without))!.Message);
    }

    [TestMethod]
    public void ClassNames_NumericLabelsUnderAnyCulture_AreInvariant()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            // A Swedish minus sign and comma, even on machines without ICU.
            var other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (other.NumberFormat.NegativeSign, other.NumberFormat.NumberDecimalSeparator) = ("\u2212", ",");
            CultureInfo.CurrentCulture = other;
            Assert.AreEqual("\u22121,5", $"{-1.5f}");
            var data = Context.Data.LoadFromEnumerable(Rows());
            data = Context.Transforms.Conversion.MapValueToKey("Label", "Number").Fit(data).Transform(data);
            using var model = Nin("Features", "Label", null).Fit(data);
            CollectionAssert.AreEqual(new[] { "-1.5", "0", "1234.5" }, model.Model.ClassNames.ToArray());
            using var stream = new MemoryStream();
            Context.Model.Save(model, data.Schema, stream);
            stream.Position = 0;
            using var loaded = (NinTransformer)Context.Model.Load(stream, out _);
            CollectionAssert.AreEqual(new[] { "-1.5", "0", "1234.5" }, loaded.Model.ClassNames.ToArray());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static void Same(Action inBox, Action ours, params string[] parts)
    {
        var (expected, found) = (InBox.Thrown(inBox), InBox.Thrown(ours));
        Assert.IsNotNull(expected, "the in-box trainer threw nothing");
        Assert.IsNotNull(found, $"ours threw nothing, in-box {expected}");
        Assert.AreEqual(expected.GetType(), found.GetType(), $"in-box: {expected}\nours: {found}");
        Assert.AreEqual(InBox.IsMarked(expected), InBox.IsMarked(found), $"in-box: {expected}");
        foreach (var part in parts)
            StringAssert.Contains(found.Message, part);
    }

    private static NinTrainer Nin(string features, string label, string? weight)
    {
        var options = SyntheticImages.Quick();
        options.Architecture = (channels, classes) => new NinArchitecture(channels, [new NinBlock(classes, 3, 1, 1)]);
        (options.FeatureColumnName, options.LabelColumnName, options.ExampleWeightColumnName) = (features, label, weight);
        return Context.MulticlassClassification.Trainers.Nin(options);
    }

    private static EstimatorChain<ITransformer> Piped(IEstimator<ITransformer> trainer, Action whenFitted) =>
        Context.Transforms.CopyColumns("Copy", "Text").WithOnFitDelegate(_ => whenFitted()).Append(trainer);

    private static IDataView Data() => Keyed(Rows());

    private static IDataView Keyed(Row[] rows)
    {
        var data = Context.Data.LoadFromEnumerable(rows);
        var keys = Context.Transforms.Conversion.MapValueToKey("Label", "Text")
            .Append(Context.Transforms.Conversion.MapValueToKey("Keys", "Texts"));
        return keys.Fit(data).Transform(data);
    }

    private static Row[] Rows() => [.. Enumerable.Range(0, 12).Select(i => new Row
    {
        Text = $"{i % 3}",
        Texts = [$"{i % 3}", "x"],
        Number = new[] { -1.5f, 0, 1_234.5f }[i % 3],
        Features = [.. Enumerable.Range(0, 16).Select(p => (float)(p == i % 3 ? 200 : p))],
        Loose = new float[16],
        Doubles = new double[16],
    })];

    private sealed class Row
    {
        public string Text { get; set; } = "";

        [VectorType(2)]
        public string[] Texts { get; set; } = [];

        public float Number { get; set; }

        public float Weight { get; set; } = 1;

        public double Double { get; set; }

        [VectorType(16)]
        public float[] Features { get; set; } = [];

        public float[] Loose { get; set; } = [];

        [VectorType(16)]
        public double[] Doubles { get; set; } = [];
    }
}
