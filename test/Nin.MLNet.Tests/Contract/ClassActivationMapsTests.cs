using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Hosting;
using Nin.MLNet.Tests.Export;

namespace Nin.MLNet.Tests.Contract;

/// <summary>Where in the image a network found its classes: the maps whose means are the logits.</summary>
[TestClass]
public sealed class ClassActivationMapsTests
{
    private const string Maps = "ClassActivationMaps";
    private static readonly MLContext Context = new(1);
    private static readonly IDataView Data = SyntheticImages.Keyed(Context, 12);
    private static readonly Lazy<NinTransformer> Quick =
        new(() => Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(SyntheticImages.Keyed(Context, 90)));

    [TestMethod]
    public void CalculateClassActivationMaps_MoreValuesThanARowHolds_SaysSo()
    {
        var layout = new NinImageLayout(new NinImageShape(1, 768, 768), channelsLast: false, [1, 768, 768]);
        using var network = DrawnModel.Of(Context, NinArchitecture.Small(1, 1_000, 8), layout);
        var images = DrawnModel.View(Context, [], 1, layout.Dimensions);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => Context.Transforms.CalculateClassActivationMaps(network, Maps, resizeToImage: true).Fit(images));
        StringAssert.Contains(error.Message, "Column 'ClassActivationMaps' would have 1,000 maps of 768x768 in each row");
        Assert.IsTrue(InBox.IsMarked(error));
        _ = Context.Transforms.CalculateClassActivationMaps(network, Maps, predictedClassOnly: true, resizeToImage: true).Fit(images);
    }

    [TestMethod]
    [DataRow("D2L")]
    [DataRow("Fast")]
    [DataRow("Best")]
    public void Transform_EveryRecipe_MeanOfAMapIsTheLogitAndItsSoftmaxTheScore(string recipe)
    {
        var options = recipe == "D2L" ? NinTrainer.Options.D2L() : recipe == "Fast" ? NinTrainer.Options.Fast() : NinTrainer.Options.Best();
        (options.NumberOfSteps, options.LearningRate, options.ValidationSetFraction, options.Seed) = (1, 1e-3, 0, 3);
        using var network = Context.MulticlassClassification.Trainers.Nin(options).Fit(Data);
        var mapped = Context.Transforms.CalculateClassActivationMaps(network).Fit(Data).Transform(network.Transform(Data));
        var rows = Context.Data.CreateEnumerable<Explained>(mapped, reuseRowObject: false).ToList();
        var pixels = SyntheticImages.Rows(12).SelectMany(row => row.Features).ToArray();
        var logits = new float[12 * 3];
        network.Model.Score(scoring => scoring.Logits(pixels, network.Model.ImageLayout.Shape, 12, logits, threads: null));
        var scale = logits.Max(Math.Abs);
        Assert.IsGreaterThan(1e-3f, scale);
        for (var i = 0; i < rows.Count; i++)
        {
            var maps = rows[i].ClassActivationMaps;
            var means = maps.Chunk(maps.Length / 3).Select(map => map.Average(value => (double)value)).ToArray();
            var sum = means.Sum(Math.Exp);
            for (var k = 0; k < 3; k++)
            {
                Assert.AreEqual(logits[(i * 3) + k], means[k], 1e-5 * scale);
                Assert.AreEqual(rows[i].Score[k], Math.Exp(means[k]) / sum, 1e-5);
            }
        }
    }

    [TestMethod]
    [DataRow(false, false, "3,3,3")]
    [DataRow(true, false, "3,3")]
    [DataRow(false, true, "3,12,12")]
    [DataRow(true, true, "12,12")]
    public void Transform_Batch_GivesTheMapsOfOneRow(bool predictedClassOnly, bool resizeToImage, string dimensions)
    {
        var model = Estimator(predictedClassOnly, resizeToImage).Fit(Data);
        var mapped = model.Transform(Data);
        var type = (VectorDataViewType)mapped.Schema[Maps].Type;
        Assert.AreEqual(dimensions, string.Join(',', type.Dimensions));
        var batched = mapped.GetColumn<float[]>(Maps).ToList();
        using var engine = Context.Model.CreatePredictionEngine<SyntheticImages.Row, Mapped>(model);
        foreach (var (row, maps) in SyntheticImages.Rows(12).Zip(batched))
            AssertClose(engine.Predict(row).ClassActivationMaps, maps);
    }

    [TestMethod]
    public void Transform_PredictedClassOnly_GivesTheMapOfPredictedLabel()
    {
        var all = Estimator(false, false).Fit(Data).Transform(Data).GetColumn<float[]>(Maps).ToList();
        var predicted = Estimator(true, false).Fit(Data).Transform(Data).GetColumn<float[]>(Maps).ToList();
        var labels = Quick.Value.Transform(Data).GetColumn<uint>("PredictedLabel").ToList();
        Assert.IsGreaterThan(1, labels.Distinct().Count());
        for (var i = 0; i < all.Count; i++)
            CollectionAssert.AreEqual(all[i].Chunk(9).ElementAt((int)labels[i] - 1), predicted[i]);
    }

    [TestMethod]
    public void Transform_PredictedClassOnlyWithMirrorImages_GivesTheMapOfPredictedLabel()
    {
        // Hardly trained, so that the mirror image changes the class of some images.
        var options = SyntheticImages.Quick();
        (options.NumberOfSteps, options.NumberOfEpochs, options.ValidationSetFraction) = (2, null, 0);
        using var network = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 90));
        var data = SyntheticImages.Keyed(Context, 300, seed: 2);
        var plain = network.Transform(data).GetColumn<uint>("PredictedLabel").ToList();
        network.ScoringMirrorImages = true;
        var labels = network.Transform(data).GetColumn<uint>("PredictedLabel").ToList();
        Assert.IsFalse(labels.SequenceEqual(plain));
        var all = Mapped(false);
        var predicted = Mapped(true);
        for (var i = 0; i < all.Count; i++)
            CollectionAssert.AreEqual(all[i].Chunk(9).ElementAt((int)labels[i] - 1), predicted[i], $"image {i}");

        List<float[]> Mapped(bool predictedClassOnly) =>
        [
            .. Context.Transforms.CalculateClassActivationMaps(network, predictedClassOnly: predictedClassOnly)
                .Fit(data).Transform(data).GetColumn<float[]>(Maps),
        ];
    }

    // Finite pixels whose scores are not numbers, on some processors: no class is predicted, and the batch's other images keep their maps.
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Transform_PredictedClassOnlyOfOverflowingPixels_LeavesTheOthersTheirMaps(bool withMirrorImages)
    {
        using var network = Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(SyntheticImages.Keyed(Context, 90));
        network.ScoringMirrorImages = withMirrorImages;
        var rows = SyntheticImages.Rows(20, seed: 2).ToList();
        var expected = Mapped();
        Array.Fill(rows[3].Features, 3e38f);
        var found = Mapped();
        Assert.HasCount(rows.Count, found);
        for (var i = 0; i < rows.Count; i++)
        {
            if (i != 3)
                CollectionAssert.AreEqual(expected[i], found[i], $"image {i}");
        }

        List<float[]> Mapped() =>
        [
            .. Context.Transforms.CalculateClassActivationMaps(network, predictedClassOnly: true)
                .Fit(SyntheticImages.Keyed(Context, rows)).Transform(SyntheticImages.Keyed(Context, rows)).GetColumn<float[]>(Maps),
        ];
    }

    [TestMethod]
    public void Transform_ResizeToImage_InterpolatesBetweenThePixelsOfTheMap()
    {
        var small = Estimator(true, false).Fit(Data).Transform(Data).GetColumn<float[]>(Maps).First();
        var large = Estimator(true, true).Fit(Data).Transform(Data).GetColumn<float[]>(Maps).First();
        for (var y = 0; y < 12; y++)
        {
            for (var x = 0; x < 12; x++)
                Assert.AreEqual(Bilinear(y, x), large[(y * 12) + x], 1e-4 * small.Max(Math.Abs));
        }

        // Maps the centre of a pixel of the large map into the small map, whose pixels are four times as wide.
        double Bilinear(int y, int x)
        {
            var (atY, atX) = (Math.Max(0, ((y + 0.5) / 4) - 0.5), Math.Max(0, ((x + 0.5) / 4) - 0.5));
            var (top, left) = ((int)atY, (int)atX);
            var (down, right) = (atY - top, atX - left);
            double At(int row, int column) => small[(Math.Min(row, 2) * 3) + Math.Min(column, 2)];
            return ((1 - down) * (((1 - right) * At(top, left)) + (right * At(top, left + 1))))
                + (down * (((1 - right) * At(top + 1, left)) + (right * At(top + 1, left + 1))));
        }
    }

    [TestMethod]
    public void Load_WithABareContext_GivesTheSameColumnAndOwnsItsNetwork()
    {
        var maps = Estimator(false, true).Fit(Data);
        var chain = Quick.Value.Append(maps);
        using var stream = new MemoryStream();
        Context.Model.Save(chain, Data.Schema, stream);
        stream.Position = 0;
        var loaded = (TransformerChain<ITransformer>)new MLContext().Model.Load(stream, out _);
        var (expected, found) = (maps.Transform(Data), loaded.Transform(Data));
        Assert.AreEqual(expected.Schema[Maps].Type, found.Schema[Maps].Type);
        foreach (var (one, other) in expected.GetColumn<float[]>(Maps).Zip(found.GetColumn<float[]>(Maps)))
            CollectionAssert.AreEqual(one, other);
        VBuffer<ReadOnlyMemory<char>> names = default;
        found.Schema[Maps].Annotations.GetValue("TrainingLabelValues", ref names);
        CollectionAssert.AreEqual(
            Quick.Value.Model.ClassNames.ToArray(), names.DenseValues().Select(name => $"{name}").ToArray());
        loaded.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => found.GetColumn<float[]>(Maps).First());
        // The model it was saved from has its own network.
        Assert.AreEqual(12, expected.GetColumn<float[]>(Maps).Count());
    }

    [TestMethod]
    public void Dispose_OfTheMaps_LeavesTheNetworkToItsOwner()
    {
        using var network = Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(Data);
        var maps = Context.Transforms.CalculateClassActivationMaps(network).Fit(Data);
        var mapped = maps.Transform(Data);
        maps.Dispose();
        Assert.AreEqual(12, network.Transform(Data).GetColumn<float[]>("Score").Count());
        Assert.AreEqual(12, mapped.GetColumn<float[]>(Maps).Count());
        network.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => mapped.GetColumn<float[]>(Maps).First());
    }

    [TestMethod]
    public void Fit_WrongFeatures_RefusesAsTheNetworkItselfDoes()
    {
        var missing = Context.Transforms.DropColumns("Features").Fit(Data).Transform(Data);
        var other = Context.Transforms.Concatenate("Features", "Features", "Number").Fit(Data).Transform(Data);
        var number = Context.Transforms.CopyColumns("Features", "Number").Fit(Data).Transform(Data);
        foreach (var data in new[] { missing, other, number })
        {
            var expected = InBox.Thrown(() => Quick.Value.Transform(data))!;
            Action[] ways =
            [
                () => Estimator(false, false).Fit(data), () => Estimator(false, false).Fit(Data).Transform(data),
                () => Estimator(false, false).Fit(Data).GetOutputSchema(data.Schema),
            ];
            foreach (var way in ways)
                Assert.AreEqual((expected.GetType(), expected.Message), (InBox.Thrown(way)!.GetType(), InBox.Thrown(way)!.Message));
        }

        foreach (var data in new[] { missing, number })
        {
            var error = InBox.Thrown(() => Estimator(false, false).GetOutputSchema(SchemaShapes.Of(data.Schema)))!;
            Assert.IsTrue(InBox.IsMarked(error));
            StringAssert.Contains(error.Message, "'Features'");
        }
    }

    [TestMethod]
    public void GetOutputSchema_BeforeAnyData_PromisesWhatTransformGives()
    {
        var estimator = Estimator(false, false);
        var promised = estimator.GetOutputSchema(SchemaShapes.Of(Data.Schema)).Single(column => column.Name == Maps);
        var given = SchemaShapes.Of(estimator.Fit(Data).Transform(Data).Schema).Single(column => column.Name == Maps);
        Assert.AreEqual((given.Kind, given.ItemType, given.IsKey), (promised.Kind, promised.ItemType, promised.IsKey));
        CollectionAssert.AreEqual(
            given.Annotations.Select(annotation => annotation.Name).ToArray(),
            promised.Annotations.Select(annotation => annotation.Name).ToArray());
    }

    [TestMethod]
    public void Transform_PixelThatIsNoNumber_GivesNoMapForThatRowAlone()
    {
        var rows = SyntheticImages.Rows(3);
        rows[1].Features[5] = float.NaN;
        var maps = Estimator(false, false).Fit(Data).Transform(SyntheticImages.Keyed(Context, rows)).GetColumn<float[]>(Maps).ToList();
        CollectionAssert.AreEqual(new[] { false, true, false }, maps.Select(map => map.All(float.IsNaN)).ToArray());
        Assert.IsTrue(maps[0].Concat(maps[2]).All(float.IsFinite));
    }

    private static NinClassActivationMapsEstimator Estimator(bool predictedClassOnly, bool resizeToImage) =>
        Context.Transforms.CalculateClassActivationMaps(
            Quick.Value, predictedClassOnly: predictedClassOnly, resizeToImage: resizeToImage);

    private static void AssertClose(float[] expected, float[] found)
    {
        Assert.HasCount(expected.Length, found);
        var scale = expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], found[i], 1e-5 * scale);
    }

    private class Mapped
    {
        public float[] ClassActivationMaps { get; set; } = [];
    }

    private sealed class Explained : Mapped
    {
        public float[] Score { get; set; } = [];
    }
}
