using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Network;

namespace Nin.MLNet.Tests.Contract;

/// <summary>The contract of every ML.NET trainer.</summary>
[TestClass]
public sealed class TrainerContractTests
{
    private static readonly MLContext Context = new(1);
    private static readonly Lazy<(IEstimator<ITransformer> Pipeline, ITransformer Model, IDataView Data)> Shared = new(() =>
    {
        var options = SyntheticImages.Quick();
        options.NumberOfEpochs = 6;
        var pipeline = Context.Transforms.Conversion.MapValueToKey("Label")
            .Append(Context.MulticlassClassification.Trainers.Nin(options))
            .Append(Context.Transforms.Conversion.MapKeyToValue("PredictedText", "PredictedLabel"));
        var data = Context.Data.LoadFromEnumerable(SyntheticImages.Rows(300));
        return (pipeline, pipeline.Fit(data), data);
    });

    [TestMethod]
    public void Evaluate_EasyImages_FindsHighAccuracyAndClassNames()
    {
        var scored = Shared.Value.Model.Transform(Context.Data.LoadFromEnumerable(SyntheticImages.Rows(150, seed: 2)));
        var metrics = Context.MulticlassClassification.Evaluate(scored, topKPredictionCount: 2);
        Assert.IsGreaterThan(0.9, metrics.MicroAccuracy);
        Assert.IsGreaterThanOrEqualTo(metrics.MicroAccuracy, metrics.TopKAccuracyForAllK[1]);
        StringAssert.Contains(metrics.ConfusionMatrix.GetFormattedConfusionTable(), "class 1");
    }

    [TestMethod]
    public void GetOutputSchema_MatchesTransformedSchema()
    {
        var (pipeline, model, data) = Shared.Value;
        var promised = pipeline.GetOutputSchema(MLNet.Hosting.SchemaShapes.Of(data.Schema));
        var given = model.Transform(data).Schema;
        foreach (var name in new[] { "PredictedLabel", "Score", "PredictedText" })
        {
            var (expected, actual) = (promised.Single(column => column.Name == name), given[name]);
            var item = actual.Type is VectorDataViewType vector ? vector.ItemType : actual.Type;
            Assert.AreEqual(expected.Kind == SchemaShape.Column.VectorKind.Vector, actual.Type is VectorDataViewType, name);
            Assert.AreEqual(expected.IsKey, item is KeyDataViewType, name);
            Assert.AreEqual(expected.ItemType.RawType, item.RawType, name);
            CollectionAssert.AreEquivalent(
                expected.Annotations.Select(column => column.Name).ToArray(),
                actual.Annotations.Schema.Select(column => column.Name).ToArray(),
                name);
        }
    }

    [TestMethod]
    public void Score_Annotations_AreWhatMLNetsScorerEmits()
    {
        var score = Shared.Value.Model.Transform(Shared.Value.Data).Schema["Score"];
        VBuffer<ReadOnlyMemory<char>> names = default;
        score.GetSlotNames(ref names);
        CollectionAssert.AreEqual(new[] { "class 0", "class 1", "class 2" }, names.DenseValues().Select(name => name.ToString()).ToArray());
        foreach (var kind in new[] { "TrainingLabelValues", "ScoreColumnKind", "ScoreValueKind", "ScoreColumnSetId" })
            Assert.IsNotNull(score.Annotations.Schema.GetColumnOrNull(kind), kind);
    }

    [TestMethod]
    public void BatchCursor_MatchesPredictionEngine()
    {
        var (_, model, data) = Shared.Value;
        var rows = SyntheticImages.Rows(300);
        var batched = Context.Data.CreateEnumerable<Prediction>(model.Transform(data), reuseRowObject: false).ToArray();
        // By default an engine disposes its model too, but other tests still need this one.
        using var engine = Context.Model.CreatePredictionEngine<SyntheticImages.Row, Prediction>(
            model, new PredictionEngineOptions { OwnsTransformer = false });
        Assert.HasCount(300, batched);
        // 300 rows are two whole batches and part of a third.
        foreach (var i in new[] { 0, 1, 127, 128, 200, 299 })
        {
            var single = engine.Predict(rows[i]);
            Assert.AreEqual(i, batched[i].Number);
            Assert.AreEqual(single.PredictedText, batched[i].PredictedText);
            Assert.AreEqual(1, batched[i].Score.Sum(), 1e-5);
            for (var k = 0; k < 3; k++)
                Assert.AreEqual(single.Score[k], batched[i].Score[k], 1e-5);
        }
    }

    [TestMethod]
    public void SaveThenLoad_GivesIdenticalScores()
    {
        var (_, model, data) = Shared.Value;
        using var stream = new MemoryStream();
        Context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        var loaded = new MLContext().Model.Load(stream, out var schema);
        Assert.IsNotNull(schema.GetColumnOrNull("Features"));
        var (before, after) = (Scores(model, data), Scores(loaded, data));
        Assert.IsTrue(before.SequenceEqual(after));
        var parameters = Nin(loaded).Model;
        CollectionAssert.AreEqual(new[] { "class 0", "class 1", "class 2" }, parameters.ClassNames.ToArray());
        CollectionAssert.AreEqual(Nin(model).Model.History.ToArray(), parameters.History.ToArray());
        Assert.AreEqual(Nin(model).Model.Architecture, parameters.Architecture);
    }

    [TestMethod]
    public void Load_WeightsCutShort_SaysHowManyBytesAreMissing()
    {
        using var entry = new MemoryStream();
        Nin(Shared.Value.Model).Model.Write(entry, "Features");
        var whole = entry.ToArray();
        var cut = Assert.ThrowsExactly<InvalidDataException>(() => MLNet.Persistence.ModelEntry.Read(new MemoryStream(whole[..^100])));
        StringAssert.Contains(cut.Message, "cut short");
        StringAssert.Contains(cut.Message, "weights");
        BitConverter.GetBytes(99).CopyTo(whole, 8);
        var newer = Assert.ThrowsExactly<InvalidDataException>(() => MLNet.Persistence.ModelEntry.Read(new MemoryStream(whole)));
        StringAssert.Contains(newer.Message, "version 99");
        StringAssert.Contains(newer.Message, "Update");
        BitConverter.GetBytes(1).CopyTo(whole, 8);
        var older = Assert.ThrowsExactly<InvalidDataException>(() => MLNet.Persistence.ModelEntry.Read(new MemoryStream(whole)));
        StringAssert.Contains(older.Message, "version 1");
        StringAssert.Contains(older.Message, "Train the model again");
    }

    [TestMethod]
    public void SaveWeightsThenWithWeights_GivesIdenticalScores()
    {
        var folder = Directory.CreateTempSubdirectory();
        var path = Path.Combine(folder.FullName, "weights.safetensors");
        var data = SyntheticImages.Keyed(Context, 64);
        var options = SyntheticImages.Quick();
        options.NumberOfEpochs = 1;
        using var first = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        options.Seed = 99;
        using var second = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        Assert.IsFalse(Scores(first, data).SequenceEqual(Scores(second, data)));
        first.Model.SaveWeights(path);
        using var third = second.WithWeights(path);
        Assert.IsTrue(Scores(first, data).SequenceEqual(Scores(third, data)));
        Assert.IsFalse(Scores(first, data).SequenceEqual(Scores(second, data)));
        third.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => third.WithWeights(path));
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^10]);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => second.WithWeights(path));
        StringAssert.Contains(error.Message, "cut short");
        folder.Delete(recursive: true);
    }

    [TestMethod]
    public void Fit_LeavesOptionsUnchanged()
    {
        var options = SyntheticImages.Quick();
        var before = Describe(options);
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 40));
        Assert.AreEqual(before, Describe(options));

        static string Describe(NinTrainer.Options o) =>
            string.Join(";", typeof(NinTrainer.Options).GetProperties()
                .Where(p => p.Name != "CancellationToken")
                .Select(p => $"{p.Name}={p.GetValue(o)}"));
    }

    [TestMethod]
    public void InactiveScoreColumn_RunsNoForward()
    {
        var data = SyntheticImages.Keyed(Context, 10);
        var model = Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(data);
        var view = model.Transform(data);
        model.Dispose();
        // With the weights gone, a forward pass would throw.
        using (var cursor = view.GetRowCursor([view.Schema["Number"]]))
            Assert.IsTrue(cursor.MoveNext());
        using var scoring = view.GetRowCursor([view.Schema["Score"]]);
        var getter = scoring.GetGetter<VBuffer<float>>(view.Schema["Score"]);
        scoring.MoveNext();
        VBuffer<float> value = default;
        Assert.ThrowsExactly<ObjectDisposedException>(() => getter(ref value));
    }

    [TestMethod]
    public void Transform_ManyCursorsAtOnce_GiveTheSameScores()
    {
        var (_, model, data) = Shared.Value;
        var expected = Scores(model, data);
        Parallel.For(0, 4, _ => Assert.IsTrue(expected.SequenceEqual(Scores(model, data))));
    }

    [TestMethod]
    public void Transform_NaNPixel_GivesNoScoreForThatRowAlone()
    {
        var rows = SyntheticImages.Rows(3).ToArray();
        rows[1].Features[5] = float.NaN;
        var scored = Context.Data.CreateEnumerable<Prediction>(
            Shared.Value.Model.Transform(Context.Data.LoadFromEnumerable(rows)), false)
            .ToArray();
        Assert.IsTrue(scored[1].Score.All(float.IsNaN));
        Assert.AreEqual(0u, scored[1].PredictedLabel);
        Assert.AreEqual(1, scored[0].Score.Sum() + scored[2].Score.Sum() - 1, 1e-4);
    }

    [TestMethod]
    public void CrossValidate_ThreeFolds_GivesThreeModels()
    {
        var data = SyntheticImages.Keyed(Context, 90);
        var results = Context.MulticlassClassification.CrossValidate(
            data, Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()), numberOfFolds: 3);
        Assert.HasCount(3, results);
        Assert.IsTrue(results.All(result => double.IsFinite(result.Metrics.LogLoss)));
    }

    [TestMethod]
    public void Fit_WarmStart_StartsFromTheModelsWeights()
    {
        var data = SyntheticImages.Keyed(Context, 64);
        var options = SyntheticImages.Quick();
        using var first = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        (options.InitialModel, options.LearningRate, options.NumberOfEpochs) = (first.Model, 1e-12, 1);
        using var second = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        using var folder = new MemoryStream();
        Assert.AreEqual(1, second.Model.History.Count);
        Assert.AreEqual(first.Model.History[^1].TrainLoss, second.Model.History[0].TrainLoss, 0.3);
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(5)]
    public void Fit_WarmStart_KeepsAllButTheLogitsOfAnotherNumberOfClasses(int classes)
    {
        var options = SyntheticImages.Quick();
        using var first = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 64));
        var other = SyntheticImages.Keyed(Context, 64, classes);
        (options.InitialModel, options.NumberOfEpochs, options.LearningRate) = (first.Model, 1, 1e-12);
        using var second = Context.MulticlassClassification.Trainers.Nin(options).Fit(other);
        Assert.HasCount(classes, second.Model.ClassNames);
        Assert.HasCount(classes * 64, Scores(second, other));
        using NinNetwork from = Network(first), to = Network(second);
        foreach (var ((name, known), (_, found)) in from.State.Zip(to.State).Where(pair => !pair.First.Name.Contains("running")))
        {
            var isOfTheLogits = name.StartsWith("7.6", StringComparison.Ordinal);
            Assert.AreEqual(isOfTheLogits && classes != 3, known.shape[0] != found.shape[0], name);
            Assert.IsTrue(known.shape[0] != found.shape[0] || known.allclose(found, atol: 1e-6), name);
        }

        static NinNetwork Network(NinTransformer model)
        {
            var network = new NinNetwork(model.Model.Architecture, TorchSharp.torch.CPU);
            model.Model.CopyWeightsTo(network);
            return network;
        }
    }

    internal static float[] Scores(ITransformer model, IDataView data) =>
        [.. Context.Data.CreateEnumerable<ScoreOnly>(model.Transform(data), reuseRowObject: false).SelectMany(row => row.Score)];

    private static NinTransformer Nin(ITransformer model) => ((IEnumerable<ITransformer>)model).OfType<NinTransformer>().Single();

    private sealed class ScoreOnly
    {
        public float[] Score { get; set; } = [];
    }

    private sealed class Prediction
    {
        public float Number { get; set; }

        public float[] Score { get; set; } = [];

        public uint PredictedLabel { get; set; }

        public string PredictedText { get; set; } = "";
    }
}
