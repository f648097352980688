using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Contract;

/// <summary>Scores that say how often they are right: the fitted temperature, and the measures of calibration.</summary>
[TestClass]
public sealed class CalibrationTests
{
    private static readonly MLContext Context = new(1);
    private static readonly IDataView Train = Blurred(120, seed: 1), HeldOut = Blurred(90, seed: 2);
    private static readonly Lazy<NinTransformer> Plain = new(() => Fit(calibrate: false)), Calibrated = new(() => Fit(calibrate: true));

    [TestMethod]
    public void Fit_CalibrateTemperature_DividesTheLogitsAndChangesNoLabel()
    {
        var temperature = Calibrated.Value.Model.Temperature;
        Assert.AreEqual(1, Plain.Value.Model.Temperature);
        Assert.IsLessThan(0.9, temperature);
        CollectionAssert.AreEqual(Labels(Plain.Value), Labels(Calibrated.Value));
        foreach (var (plain, calibrated) in Scores(Plain.Value).Zip(Scores(Calibrated.Value)))
        {
            // The logarithms of scores are logits, up to a constant that is the same for all classes.
            var powers = plain.Select(score => Math.Exp(Math.Log(score) / temperature)).ToArray();
            for (var k = 0; k < 3; k++)
                Assert.AreEqual(powers[k] / powers.Sum(), calibrated[k], 1e-4);
        }
    }

    [TestMethod]
    public void Fit_CalibrateTemperature_LowersTheLogLossOfTheValidationImages()
    {
        var (plain, calibrated) = (Evaluate(Plain.Value), Evaluate(Calibrated.Value));
        Assert.IsLessThan(plain.LogLoss, calibrated.LogLoss);
        Assert.AreEqual(plain.MicroAccuracy, calibrated.MicroAccuracy);
    }

    [TestMethod]
    public void Load_CalibratedModel_ScoresAlikeAndHasTheTemperature()
    {
        using var stream = new MemoryStream();
        Context.Model.Save(Calibrated.Value, HeldOut.Schema, stream);
        stream.Position = 0;
        using var loaded = (NinTransformer)new MLContext().Model.Load(stream, out _);
        Assert.AreEqual(Calibrated.Value.Model.Temperature, loaded.Model.Temperature);
        foreach (var (one, other) in Scores(Calibrated.Value).Zip(Scores(loaded)))
            CollectionAssert.AreEqual(one, other);
        var weights = Path.GetTempFileName();
        loaded.Model.SaveWeights(weights);
        using var reloaded = loaded.WithWeights(weights);
        Assert.AreEqual(loaded.Model.Temperature, reloaded.Model.Temperature);
        File.Delete(weights);
    }

    [TestMethod]
    public void Load_ModelWithoutTemperature_HasOneOf1()
    {
        var folder = Path.Combine(Repository.Root, "test", "Nin.MLNet.Tests", "Network", "Golden");
        using var model = (NinTransformer)new MLContext(1).Model.Load(Path.Combine(folder, "float32.zip"), out _);
        Assert.AreEqual(1, model.Model.Temperature);
    }

    [TestMethod]
    public void Transform_MapsOfACalibratedModel_HaveTheLogitsForTheirMeans()
    {
        var maps = Context.Transforms.CalculateClassActivationMaps(Calibrated.Value).Fit(HeldOut).Transform(HeldOut)
            .GetColumn<float[]>("ClassActivationMaps");
        foreach (var (map, scores) in maps.Zip(Scores(Calibrated.Value)))
        {
            var powers = map.Chunk(map.Length / 3).Select(one => Math.Exp(one.Average() / Calibrated.Value.Model.Temperature)).ToArray();
            for (var k = 0; k < 3; k++)
                Assert.AreEqual(scores[k], powers[k] / powers.Sum(), 1e-5);
        }
    }

    [TestMethod]
    public void Fit_CalibrateTemperatureWithoutValidation_RefusesBeforeTheFirstRow()
    {
        var options = SyntheticImages.Quick();
        (options.CalibrateTemperature, options.ValidationSetFraction) = (true, 0);
        var watched = new WatchedView(Train);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => Context.MulticlassClassification.Trainers.Nin(options).Fit(watched));
        StringAssert.Contains(error.Message, "Options.CalibrateTemperature is true");
        StringAssert.Contains(error.Message, "Options.ValidationSetFraction");
        Assert.IsTrue(InBox.IsMarked(error));
        Assert.AreEqual(0, watched.RowsRead);
    }

    [TestMethod]
    public void Fit_CalibrateTemperatureOnASharePerClassOfLessThanAnImage_Refuses()
    {
        var options = SyntheticImages.Quick();
        (options.CalibrateTemperature, options.ValidationSetFraction) = (true, 0.001);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => Context.MulticlassClassification.Trainers.Nin(options).Fit(Train));
        StringAssert.Contains(error.Message, "Options.CalibrateTemperature is true");
    }

    [TestMethod]
    public void EvaluateCalibration_KnownScores_GivesTheErrorByHand()
    {
        // Two rows at 0.8, one right; one at 0.8001, right, in the next bin; one of no class, since 9 is no key; one at 0.35, wrong.
        var rows = new[]
        {
            new ScoredRow(0, [0.8f, 0.1f, 0.1f]), new ScoredRow(1, [0.1f, 0.1f, 0.8f]), new ScoredRow(1, [0.1f, 0.8001f, 0.0999f]),
            new ScoredRow(9, [1, 0, 0]), new ScoredRow(2, [0.35f, 0.33f, 0.32f]), new ScoredRow(2, [float.NaN, 0, 0]),
        };
        var data = Context.Data.LoadFromEnumerable(rows);
        var metrics = Context.MulticlassClassification.EvaluateCalibration(data, numberOfBins: 10);
        Assert.AreEqual(((2 * 0.3) + (1 - 0.8001) + 0.35) / 4, metrics.ExpectedCalibrationError, 1e-6);
        CollectionAssert.AreEqual(new long[] { 0, 0, 0, 1, 0, 0, 0, 2, 1, 0 }, metrics.Bins.Select(bin => bin.Count).ToArray());
        Assert.AreEqual((0.5, 0.8), (metrics.Bins[7].Accuracy, Math.Round(metrics.Bins[7].Confidence, 6)));
        Assert.HasCount(15, Context.MulticlassClassification.EvaluateCalibration(data).Bins);
    }

    [TestMethod]
    public void EvaluateCalibration_WrongColumns_SaysWhichAndWhatItExpects()
    {
        foreach (var (label, score, part) in new[]
        {
            ("Absent", "Features", "'Absent'"), ("Number", "Features", "expected a key"), ("Label", "Absent", "'Absent'"),
            ("Label", "Number", "expected Vector<Single>"),
        })
        {
            var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
                () => Context.MulticlassClassification.EvaluateCalibration(HeldOut, label, score));
            StringAssert.Contains(error.Message, part);
        }
    }

    private static NinTransformer Fit(bool calibrate)
    {
        var options = SyntheticImages.Quick();
        // With labels smoothed as much, scores are clearly under-confident.
        (options.CalibrateTemperature, options.NumberOfEpochs, options.LabelSmoothing) = (calibrate, 8, 0.4);
        return Context.MulticlassClassification.Trainers.Nin(options).Fit(Train, HeldOut);
    }

    /// <summary>Images of which one in four gets a random label, so that no network can be certain.</summary>
    private static IDataView Blurred(int count, int seed)
    {
        var random = new Random(seed);
        var rows = SyntheticImages.Rows(count, seed: seed);
        foreach (var row in rows.Where(_ => random.Next(4) == 0))
            row.Label = $"class {random.Next(3)}";
        // Three rows first, which fix the order of the classes.
        return SyntheticImages.Keyed(Context, [.. SyntheticImages.Rows(3), .. rows]);
    }

    private static MulticlassClassificationMetrics Evaluate(NinTransformer model) =>
        Context.MulticlassClassification.Evaluate(model.Transform(HeldOut));

    private static uint[] Labels(NinTransformer model) => [.. model.Transform(HeldOut).GetColumn<uint>("PredictedLabel")];

    private static List<float[]> Scores(NinTransformer model) => [.. model.Transform(HeldOut).GetColumn<float[]>("Score")];

    private sealed class ScoredRow(uint label, float[] score)
    {
        /// <summary>Counts from 0, as ML.NET expects of a key property in a class.</summary>
        [KeyType(3)]
        public uint Label { get; set; } = label;

        [VectorType(3)]
        public float[] Score { get; set; } = score;
    }
}
