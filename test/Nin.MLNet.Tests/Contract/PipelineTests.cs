using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Contract;

/// <summary>The trainer together with the rest of ML.NET: loaders, transforms, splits, importance, label types.</summary>
[TestClass]
public sealed class PipelineTests
{
    private static readonly MLContext Context = new(1);

    [TestMethod]
    [DataRow(DataKind.String)]
    [DataRow(DataKind.Int32)]
    [DataRow(DataKind.Boolean)]
    public void Fit_LabelsOfAnyType_KeepTheirTypeThroughSaveAndLoad(DataKind kind)
    {
        var rows = SyntheticImages.Rows(60, classes: 2).Select(row => new Typed
        {
            Text = row.Label,
            Number = row.Label == "class 1" ? 7 : 3,
            Flag = row.Label == "class 1",
            Features = row.Features,
        });
        var source = kind switch { DataKind.String => "Text", DataKind.Int32 => "Number", _ => "Flag" };
        var data = Context.Data.LoadFromEnumerable(rows);
        var pipeline = Context.Transforms.Conversion.MapValueToKey("Label", source)
            .Append(Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()))
            .Append(Context.Transforms.Conversion.MapKeyToValue("Predicted", "PredictedLabel"));
        var model = pipeline.Fit(data);
        using var stream = new MemoryStream();
        Context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        var loaded = new MLContext().Model.Load(stream, out _);
        Assert.AreEqual(data.Schema[source].Type, loaded.Transform(data).Schema["Predicted"].Type);
        Assert.AreEqual(
            Context.MulticlassClassification.Evaluate(model.Transform(data)).LogLoss,
            Context.MulticlassClassification.Evaluate(loaded.Transform(data)).LogLoss);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Fit_FolderOfColourImages_ReadsPlanarAndInterleavedAlike(bool interleaved)
    {
        var folder = Directory.CreateTempSubdirectory();
        var random = new Random(3);
        var files = Enumerable.Range(0, 40).Select(i => new FileRow { Path = $"{i}.png", Label = i % 2 == 0 ? "red" : "blue" }).ToArray();
        foreach (var file in files)
        {
            var pixels = new byte[12 * 12 * 4];
            for (var p = 0; p < 144; p++)
            {
                // Bgra: only the channel gives the class.
                pixels[(p * 4) + (file.Label == "red" ? 2 : 0)] = (byte)(150 + random.Next(100));
                pixels[(p * 4) + 3] = 255;
            }

            using var image = MLImage.CreateFromPixels(12, 12, MLPixelFormat.Bgra32, pixels);
            image.Save(Path.Combine(folder.FullName, file.Path));
        }

        var options = SyntheticImages.Quick();
        options.NumberOfEpochs = 10;
        var data = Context.Data.LoadFromEnumerable(files);
        var pipeline = Context.Transforms.Conversion.MapValueToKey("Label")
            .Append(Context.Transforms.LoadImages("Image", folder.FullName, "Path"))
            .Append(Context.Transforms.ResizeImages("Image", 12, 12))
            .Append(Context.Transforms.ExtractPixels("Features", "Image", interleavePixelColors: interleaved, scaleImage: 1f / 255))
            .AppendCacheCheckpoint(Context)
            .Append(Context.MulticlassClassification.Trainers.Nin(options));
        var scored = pipeline.Fit(data).Transform(data);
        var dimensions = ((VectorDataViewType)scored.Schema["Features"].Type).Dimensions;
        CollectionAssert.AreEqual(interleaved ? new[] { 12, 12, 3 } : [3, 12, 12], dimensions.ToArray());
        Assert.AreEqual(1, Context.MulticlassClassification.Evaluate(scored).MicroAccuracy);
        folder.Delete(recursive: true);
    }

    [TestMethod]
    public void PermutationFeatureImportance_GenericOverload_FindsThePixelsThatMatter()
    {
        var options = SyntheticImages.Quick();
        options.Architecture = (channels, classes) => new NinArchitecture(channels, [new NinBlock([8, 8, classes], 2, 1, 0)]);
        var random = new Random(2);
        // Four pixels; only the first depends on the class.
        var rows = Enumerable.Range(0, 80)
            .Select(i => new Tiny { Label = $"{i % 2}", Features = [i % 2 * 200f, random.Next(200), random.Next(200), random.Next(200)] })
            .ToArray();
        options.NumberOfEpochs = 20;
        var data = Context.Data.LoadFromEnumerable(rows);
        data = Context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        var importance = Context.MulticlassClassification.PermutationFeatureImportance(model, model.Transform(data), permutationCount: 2);
        Assert.HasCount(4, importance);
        Assert.AreEqual(0, Enumerable.Range(0, 4).MinBy(slot => importance[slot].MicroAccuracy.Mean));
    }

    [TestMethod]
    public void TrainTestSplit_AndExampleWeights_WorkTogether()
    {
        var rows = SyntheticImages.Rows(120).Select(row => new Weighted
        {
            Label = row.Label,
            Features = row.Features,
            Weight = row.Label == "class 2" ? 0 : 1,
        });
        var data = Context.Data.LoadFromEnumerable(rows);
        data = Context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        var split = Context.Data.TrainTestSplit(data, 0.3);
        var options = SyntheticImages.Quick();
        (options.ExampleWeightColumnName, options.NumberOfEpochs) = ("Weight", 20);
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(split.TrainSet);
        var counts = Context.MulticlassClassification.Evaluate(model.Transform(split.TestSet)).ConfusionMatrix.Counts;
        // A class whose examples have no weight is never learnt.
        Assert.AreEqual(0, counts.Sum(row => row[2]));
    }

    [TestMethod]
    public void LoadWithDataLoader_GivesAModelThatScores()
    {
        var folder = Directory.CreateTempSubdirectory();
        var text = Path.Combine(folder.FullName, "images.csv");
        File.WriteAllLines(text, SyntheticImages.Rows(60).Select(row => $"{row.Label},{string.Join(',', row.Features)}"));
        var loader = Context.Data.CreateTextLoader(
            [new("Label", DataKind.String, 0), new("Features", DataKind.Single, 1, SyntheticImages.Side * SyntheticImages.Side)],
            separatorChar: ',');
        var model = Context.Transforms.Conversion.MapValueToKey("Label")
            .Append(Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()))
            .Fit(loader.Load(text));
        var zip = Path.Combine(folder.FullName, "model.zip");
        Context.Model.Save(model, loader, zip);
        var loaded = new MLContext().Model.LoadWithDataLoader(zip, out var loadedLoader);
        Assert.IsTrue(
            TrainerContractTests.Scores(model, loader.Load(text))
                .SequenceEqual(TrainerContractTests.Scores(loaded, loadedLoader.Load(text))));
        folder.Delete(recursive: true);
    }

    private sealed class Typed
    {
        public string Text { get; set; } = "";

        public int Number { get; set; }

        public bool Flag { get; set; }

        [VectorType(SyntheticImages.Side * SyntheticImages.Side)]
        public float[] Features { get; set; } = [];
    }

    private sealed class FileRow
    {
        public string Path { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class Tiny
    {
        public string Label { get; set; } = "";

        [VectorType(4)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Weighted
    {
        public string Label { get; set; } = "";

        [VectorType(SyntheticImages.Side * SyntheticImages.Side)]
        public float[] Features { get; set; } = [];

        public float Weight { get; set; }
    }
}
