using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Contract;

/// <summary>Whoever scores chooses batch size, threads, device, number format and a second look.</summary>
[TestClass]
public sealed class ScoringChoicesTests
{
    private static readonly MLContext Context = new(1);
    private static readonly IDataView Data = SyntheticImages.Keyed(Context, 100);

    [TestMethod]
    public void Load_ModelScoredWithOtherChoices_StartsWithTheDefaults()
    {
        using var model = Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(Data);
        (model.ScoringBatchSize, model.ScoringThreads) = (7, 1);
        using var stream = new MemoryStream();
        Context.Model.Save(model, Data.Schema, stream);
        stream.Position = 0;
        using var loaded = (NinTransformer)new MLContext().Model.Load(stream, out _);
        Assert.AreEqual((128, null, "cpu"), (loaded.ScoringBatchSize, loaded.ScoringThreads, loaded.ScoringDevice));
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(7, 1)]
    [DataRow(7, 3)]
    [DataRow(1000, 2)]
    public void Transform_AnyBatchSizeAndThreads_GivesTheSameScores(int batchSize, int threads)
    {
        using var model = Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(Data);
        var expected = Scores(model);
        (model.ScoringBatchSize, model.ScoringThreads, model.ScoringDevice) = (batchSize, threads, "cpu");
        var found = Scores(model);
        Assert.HasCount(expected.Length, found);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], found[i], 1e-5f);
    }

    [TestMethod]
    [DataRow(NinTrainer.Precision.Float32, 1e-5f)]
    [DataRow(NinTrainer.Precision.BFloat16, 0.03f)]
    public void Score_InBatchesOfAnySizeAndAlone_IsTheSameWithinTheStatedBound(NinTrainer.Precision precision, float bound)
    {
        var options = SyntheticImages.Quick();
        options.Precision = precision;
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(Data);
        using var engine = Context.Model.CreatePredictionEngine<SyntheticImages.Row, Scored>(model);
        var alone = SyntheticImages.Rows(100).SelectMany(row => engine.Predict(row).Score).ToArray();
        foreach (var batchSize in new[] { 1, 2, 7, 100 })
        {
            model.ScoringBatchSize = batchSize;
            var found = Scores(model);
            for (var i = 0; i < alone.Length; i++)
                Assert.AreEqual(alone[i], found[i], bound, $"{batchSize} images, score {i}");
        }
    }

    [TestMethod]
    public void ScoringChoices_OutOfRange_ThrowWithTheRange()
    {
        using var model = Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(Data);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.ScoringBatchSize = 0).Message, "1 to 65,536");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.ScoringThreads = 2000).Message, "1 to 1,024");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.ScoringDevice = "gpu").Message, "\"cuda\"");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.ScoringPrecision = (NinTrainer.Precision)9).Message, "BFloat16");
    }

    [TestMethod]
    public void ScoringPrecision_Float32OfAModelInBFloat16_HoldsAloneInBatchesAndWithOtherWeights()
    {
        var options = SyntheticImages.Quick();
        options.Precision = NinTrainer.Precision.BFloat16;
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(Data);
        var rounded = Scores(model);
        model.ScoringPrecision = NinTrainer.Precision.Float32;
        var exact = Scores(model);
        Assert.AreNotEqual(0, rounded.Zip(exact).Max(pair => Math.Abs(pair.First - pair.Second)), "the format has changed");
        using var engine = Context.Model.CreatePredictionEngine<SyntheticImages.Row, Scored>(model);
        var alone = SyntheticImages.Rows(100).SelectMany(row => engine.Predict(row).Score).ToArray();
        var weights = Path.GetTempFileName();
        model.Model.SaveWeights(weights);
        using var other = model.WithWeights(weights);
        File.Delete(weights);
        Assert.AreEqual(NinTrainer.Precision.Float32, other.ScoringPrecision);
        var again = Scores(other);
        for (var i = 0; i < exact.Length; i++)
        {
            Assert.AreEqual(exact[i], alone[i], 1e-5f);
            Assert.AreEqual(exact[i], again[i], 1e-5f);
            Assert.AreEqual(exact[i], rounded[i], 0.03f);
        }

        using var stream = new MemoryStream();
        Context.Model.Save(model, Data.Schema, stream);
        stream.Position = 0;
        using var loaded = (NinTransformer)new MLContext().Model.Load(stream, out _);
        Assert.AreEqual(NinTrainer.Precision.BFloat16, loaded.ScoringPrecision);
    }

    [TestMethod]
    public void ScoringMirrorImages_On_GivesTheMeanOfBothLooksEverywhere()
    {
        using var model = Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(Data);
        var (rows, mirrored) = (SyntheticImages.Rows(100), SyntheticImages.Rows(100));
        foreach (var row in mirrored)
        {
            for (var y = 0; y < SyntheticImages.Side; y++)
                row.Features.AsSpan(y * SyntheticImages.Side, SyntheticImages.Side).Reverse();
        }

        var (straight, turned) = (Scores(model), Scores(model, SyntheticImages.Keyed(Context, mirrored)));
        model.ScoringMirrorImages = true;
        model.ScoringBatchSize = 7;
        var both = Scores(model);
        using var engine = Context.Model.CreatePredictionEngine<SyntheticImages.Row, Scored>(model);
        var alone = rows.SelectMany(row => engine.Predict(row).Score).ToArray();
        var weights = Path.GetTempFileName();
        model.Model.SaveWeights(weights);
        using var other = model.WithWeights(weights);
        File.Delete(weights);
        var again = Scores(other);
        for (var i = 0; i < both.Length; i++)
        {
            var expected = (straight[i] + turned[i]) / 2;
            Assert.AreEqual(expected, both[i], 1e-5f);
            Assert.AreEqual(expected, alone[i], 1e-5f);
            Assert.AreEqual(expected, again[i], 1e-5f);
        }

        Assert.IsGreaterThan(1e-3f, straight.Zip(both).Max(pair => Math.Abs(pair.First - pair.Second)), "a second look changes scores");
        using var stream = new MemoryStream();
        Context.Model.Save(model, Data.Schema, stream);
        stream.Position = 0;
        using var loaded = (NinTransformer)new MLContext().Model.Load(stream, out _);
        Assert.IsFalse(loaded.ScoringMirrorImages);
    }

    private static float[] Scores(NinTransformer model, IDataView? data = null) =>
        [.. model.Transform(data ?? Data).GetColumn<float[]>("Score").SelectMany(score => score)];

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
