using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Nin.Pipeline.Demo.DataSets;

namespace Nin.MLNet.Tests.Export;

/// <summary>A trained chain from text labels to text labels, exported and run on real test images.</summary>
[TestClass]
public sealed class FashionMnistOnnxTests
{
    private const int Images = 1_000;
    private static readonly MLContext Context = new(1);
    private static Row[] test = [];
    private static TransformerChain<KeyToValueMappingTransformer> model = null!;
    private static OnnxFile whole = null!;

    [ClassInitialize]
    public static void Train(TestContext context)
    {
        var data = FashionMnist.Load(Context, trainRows: Images, testRows: Images);
        test = Rows(data.TestImages);
        var train = Context.Data.LoadFromEnumerable(Rows(data.TrainImages));
        var pipeline = Context.Transforms.Conversion.MapValueToKey("Label")
            .Append(Context.MulticlassClassification.Trainers.Nin(new NinTrainer.Options
            {
                Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 8),
                NumberOfEpochs = 3,
                Precision = NinTrainer.Precision.Float32,
                Seed = 1,
            }))
            .Append(Context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        model = pipeline.Fit(train);
        whole = OnnxFile.Of(Context, model, train);
    }

    [ClassCleanup]
    public static void Free()
    {
        whole.Dispose();
        model.OfType<NinTransformer>().Single().Dispose();
    }

    [TestMethod]
    public void ConvertToOnnx_WholeChain_ScoresAThousandTestImagesAsTransformDoes()
    {
        var scored = model.Transform(Context.Data.LoadFromEnumerable(test));
        float[] expected = [.. scored.GetColumn<float[]>("Score").SelectMany(row => row)];
        var (scores, labels) = whole.Run<string>([.. test.SelectMany(row => row.Features)], Images);
        Assert.HasCount(10 * Images, scores);
        for (var i = 0; i < scores.Length; i++)
            Assert.AreEqual(expected[i], scores[i], 1e-4, $"score {i}");
        CollectionAssert.AreEqual(scored.GetColumn<string>("PredictedLabel").ToArray(), labels);
        // The network has learnt something: the labels are neither all alike nor random.
        Assert.IsGreaterThan(Images / 2, labels.Zip(test).Count(pair => pair.First == pair.Second.Label));
    }

    [TestMethod]
    public void ConvertToOnnx_WholeChain_HasADynamicBatchAndStatesItsOperatorSet()
    {
        CollectionAssert.AreEqual(new[] { -1, 1, 28, 28 }, whole.Session.InputMetadata["Features"].Dimensions);
        CollectionAssert.AreEqual(new[] { -1, 10 }, whole.Session.OutputMetadata["Score.output"].Dimensions);
        CollectionAssert.AreEqual(new[] { -1, 1 }, whole.Session.OutputMetadata["PredictedLabel.output"].Dimensions);
        Assert.AreEqual(typeof(string), whole.Session.OutputMetadata["PredictedLabel.output"].ElementType);
        // ModelProto.opset_import (field 8) of the default domain ("", left out or empty), version (field 2) 12.
        Assert.IsTrue(
            whole.Content.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x42, 4, 0x0A, 0, 0x10, 12]) >= 0
            || whole.Content.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x42, 2, 0x10, 12]) >= 0);
        var one = whole.Run<string>(test[0].Features, 1);
        Assert.HasCount(10, one.Scores);
    }

    [TestMethod]
    public void ApplyOnnxModel_FromTheFeaturesOn_GivesTheSameColumnsInAPipeline()
    {
        using var features = OnnxFile.OfFeatures(Context, model.OfType<NinTransformer>().Single(), model.LastTransformer);
        CollectionAssert.AreEqual(new[] { "Features" }, features.Session.InputMetadata.Keys.ToArray());
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var file = Path.Combine(folder.FullName, "model.onnx");
            File.WriteAllBytes(file, features.Content);
            var data = Context.Data.LoadFromEnumerable(test.Take(50));
            var onnx = Context.Transforms.ApplyOnnxModel(["PredictedLabel.output", "Score.output"], ["Features"], file).Fit(data);
            AssertSame(onnx, data);

            // It can also be saved in a zip, like any pipeline.
            var zip = Path.Combine(folder.FullName, "model.zip");
            Context.Model.Save(onnx, data.Schema, zip);
            AssertSame(new MLContext().Model.Load(zip, out _), data);
            onnx.Dispose();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void AssertSame(ITransformer onnx, IDataView data)
    {
        var (expected, found) = (model.Transform(data), onnx.Transform(data));
        CollectionAssert.AreEqual(
            expected.GetColumn<string>("PredictedLabel").ToArray(),
            found.GetColumn<string[]>("PredictedLabel").Select(label => label.Single()).ToArray());
        var pairs = expected.GetColumn<float[]>("Score").SelectMany(row => row)
            .Zip(found.GetColumn<float[]>("Score").SelectMany(row => row));
        Assert.IsLessThan(1e-4f, pairs.Max(pair => Math.Abs(pair.First - pair.Second)));
    }

    private static Row[] Rows(ImageCollection images) => [.. Enumerable.Range(0, images.Count).Select(index =>
    {
        using var image = images.CreateImage(index);
        var pixels = image.Pixels;
        var grey = new float[FashionMnist.Side * FashionMnist.Side];
        for (var i = 0; i < grey.Length; i++)
            grey[i] = pixels[4 * i];
        return new Row { Label = images.Label(index), Features = grey };
    })];

    private sealed class Row
    {
        public string Label { get; set; } = "";

        [VectorType(1, FashionMnist.Side, FashionMnist.Side)]
        public float[] Features { get; set; } = [];
    }
}
