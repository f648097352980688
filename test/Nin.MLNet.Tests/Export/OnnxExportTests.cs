using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Image;
using Nin.MLNet.Hosting;
using Nin.MLNet.Network;

namespace Nin.MLNet.Tests.Export;

/// <summary>Exported models in ONNX Runtime against <see cref="NinTransformer.Transform"/>: the same scores, the same labels.</summary>
[TestClass]
public sealed class OnnxExportTests
{
    private static readonly MLContext Context = new(1);

    [TestMethod]
    [DataRow(nameof(NinTrainer.Options.D2L), 28, 224, 2)]
    [DataRow(nameof(NinTrainer.Options.Fast), 28, null, 4)]
    [DataRow(nameof(NinTrainer.Options.Best), 28, null, 4)]
    [DataRow(nameof(NinArchitecture.Cifar), 32, null, 2)]
    [DataRow("batch norm before the last ReLU", 14, null, 3)]
    public void ConvertToOnnx_Architecture_ScoresAsTransformDoes(string name, int side, int? resizeTo, int images)
    {
        var architecture = name switch
        {
            nameof(NinTrainer.Options.D2L) => NinTrainer.Options.D2L().Architecture(1, 10),
            nameof(NinTrainer.Options.Fast) => NinTrainer.Options.Fast().Architecture(1, 10),
            nameof(NinTrainer.Options.Best) => NinTrainer.Options.Best().Architecture(1, 10),
            nameof(NinArchitecture.Cifar) => NinArchitecture.Cifar(),
            _ => NinArchitecture.Small(2, 5, 8) with { LastReLU = true },
        };
        var shape = new NinImageShape(architecture.InputChannels, side, side);
        AssertSame(name, architecture, new NinImageLayout(shape, false, [shape.Channels, side, side]), resizeTo, images);
    }

    [TestMethod]
    [DataRow(false, new[] { 3, 10, 14 })]
    [DataRow(true, new[] { 10, 14, 3 })]
    [DataRow(false, new[] { 420 })]
    [DataRow(true, new[] { 420 })]
    [DataRow(false, new[] { 0 })]
    public void ConvertToOnnx_LayoutOfTheFeatures_IsTakenAsItComes(bool channelsLast, int[] dimensions) => AssertSame(
        $"{channelsLast}: {string.Join('x', dimensions)}",
        NinArchitecture.Small(3, 4, 8),
        new NinImageLayout(new NinImageShape(3, 10, 14), channelsLast, [.. dimensions]), null, 3);

    [TestMethod]
    [DataRow(12, 12, 20)]
    [DataRow(30, 30, 16)]
    [DataRow(12, 40, 20)]
    [DataRow(20, 9, 20)]
    public void ConvertToOnnx_ResizedImages_AreResizedAlike(int height, int width, int resizeTo) => AssertSame(
        $"{height}x{width} to {resizeTo}",
        NinArchitecture.Small(2, 4, 8),
        new NinImageLayout(new NinImageShape(2, height, width), true, [height, width, 2]), resizeTo, 3);

    [TestMethod]
    public void ConvertToOnnx_ModelInBFloat16_ExportsTheWeightsInFloat32()
    {
        var (architecture, layout) = (NinArchitecture.Small(1, 4, 8), Grey(16));
        using var coarse = DrawnModel.Of(Context, architecture, layout, precision: NinTrainer.Precision.BFloat16);
        using var fine = DrawnModel.Of(Context, architecture, layout);
        using var file = OnnxFile.OfFeatures(Context, coarse);
        using var other = OnnxFile.OfFeatures(Context, fine);
        CollectionAssert.AreEqual(other.Content, file.Content);

        var images = DrawnModel.Images(layout.Shape, 4);
        var scores = file.Run<uint>(images, 4).Scores;
        AssertClose(Transformed(fine, images, 4, layout.Dimensions).Scores, scores, 1e-4, "float32");
        AssertClose(Transformed(coarse, images, 4, layout.Dimensions).Scores, scores, 5e-2, "bfloat16");
    }

    [TestMethod]
    public void ConvertToOnnx_CalibratedModel_ScoresAtItsTemperature()
    {
        var (architecture, layout) = (NinArchitecture.Small(1, 4, 8), Grey(16));
        var images = DrawnModel.Images(layout.Shape, 4);
        using var calibrated = WithTemperature(2.5);
        using var plain = WithTemperature(1);
        using var file = OnnxFile.OfFeatures(Context, calibrated);
        var scores = file.Run<uint>(images, 4).Scores;
        AssertClose(Transformed(calibrated, images, 4, layout.Dimensions).Scores, scores, 1e-4, "temperature 2.5");
        // The temperature must make a difference here, or the test would show nothing.
        var untempered = Transformed(plain, images, 4, layout.Dimensions).Scores;
        var difference = untempered.Zip(scores).Max(pair => Math.Abs(pair.First - pair.Second));
        Assert.IsGreaterThan(0.01, difference);

        NinTransformer WithTemperature(double temperature)
        {
            var network = new NinNetwork(architecture, TorchSharp.torch.CPU);
            WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
            return new NinTransformer(Context, new NinModelParameters(
                network, new Normalization([100], [60]), layout, null, NinTrainer.Precision.Float32,
                LabelClasses.Of(["a", "b", "c", "d"]), [], temperature));
        }
    }

    [TestMethod]
    [DataRow(null, 9)]
    [DataRow(20, 12)]
    public void ConvertToOnnx_WithMirrorImages_ScoresAsTransformDoes(int? resizeTo, int operatorSet)
    {
        var layout = new NinImageLayout(new NinImageShape(3, 10, 14), true, [10, 14, 3]);
        using var model = DrawnModel.Of(Context, NinArchitecture.Small(3, 4, 8), layout, resizeTo);
        var images = DrawnModel.Images(layout.Shape, 3);
        var once = Transformed(model, images, 3, layout.Dimensions).Scores;
        images[layout.Shape.Size + 5] = float.NaN;
        model.ScoringMirrorImages = true;
        using var file = OnnxFile.OfFeatures(Context, model, operatorSet: operatorSet);
        var (scores, labels) = file.Run<uint>(images, 3);
        var transformed = Transformed(model, images, 3, layout.Dimensions);
        AssertClose(transformed.Scores, scores, 1e-4, "with mirror images");
        CollectionAssert.AreEqual(transformed.Labels, labels);
        Assert.IsTrue(scores[4..8].All(float.IsNaN));
        Assert.IsGreaterThan(1e-3f, Enumerable.Range(0, 4).Max(k => Math.Abs(scores[k] - once[k])), "a second look changes scores");
    }

    [TestMethod]
    public void ConvertToOnnx_ModelThatTakesImages_SaysToTrainOnPixels()
    {
        var images = DrawnModel.Images(new NinImageShape(1, 16, 16), 12);
        var rows = Enumerable.Range(0, 12).Select(i => new Picture
        {
            Label = i % 2 == 0 ? "a" : "b",
            Image = MLImage.CreateFromPixels(16, 16, MLPixelFormat.Bgra32, [.. images.Skip(i * 256).Take(256)
                .SelectMany(value => new[] { (byte)value, (byte)value, (byte)value, byte.MaxValue })]),
        }).ToList();
        var data = Context.Data.LoadFromEnumerable(rows);
        var options = Contract.SyntheticImages.Quick();
        (options.FeatureColumnName, options.NumberOfEpochs, options.ValidationSetFraction) = ("Image", 1, 0);
        var model = Context.Transforms.Conversion.MapValueToKey("Label")
            .Append(Context.MulticlassClassification.Trainers.Nin(options)).Fit(data);
        using var stream = new MemoryStream();
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Context.Model.ConvertToOnnx(model, data, stream));
        StringAssert.Contains(error.Message, "ExtractPixels", StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow(9)]
    [DataRow(10)]
    [DataRow(11)]
    [DataRow(12)]
    public void ConvertToOnnx_OperatorSetAskedFor_Runs(int operatorSet)
    {
        var layout = Grey(16);
        using var model = DrawnModel.Of(Context, NinArchitecture.Cifar(1, 4), layout, resizeTo: 20);
        using var file = OnnxFile.OfFeatures(Context, model, operatorSet: operatorSet);
        var images = DrawnModel.Images(layout.Shape, 2);
        AssertClose(Transformed(model, images, 2, layout.Dimensions).Scores, file.Run<uint>(images, 2).Scores, 1e-4, $"{operatorSet}");
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void ConvertToOnnx_RowWithAPixelThatIsNoNumber_HasNoScoresInBoth(float pixel)
    {
        var layout = Grey(16);
        using var model = DrawnModel.Of(Context, NinArchitecture.Small(1, 4, 8), layout);
        using var file = OnnxFile.OfFeatures(Context, model);
        var images = DrawnModel.Images(layout.Shape, 3);
        images[layout.Shape.Size + 5] = pixel;
        var (scores, labels) = file.Run<uint>(images, 3);
        var transformed = Transformed(model, images, 3, layout.Dimensions);
        CollectionAssert.AreEqual(transformed.Labels, labels);
        Assert.AreEqual(0u, labels[1]);
        Assert.AreEqual("FFFFNNNNFFFF", string.Concat(scores.Select(score => float.IsNaN(score) ? 'N' : 'F')));
        Assert.AreEqual("FFFFNNNNFFFF", string.Concat(transformed.Scores.Select(score => float.IsNaN(score) ? 'N' : 'F')));
    }

    [TestMethod]
    public void ConvertToOnnx_PipelineOfImages_SaysHowToExportTheRest()
    {
        using var image = MLImage.CreateFromPixels(16, 16, MLPixelFormat.Bgra32, new byte[1_024]);
        var rows = Context.Data.LoadFromEnumerable([new ImageRow { Image = image }]);
        var pixels = Context.Transforms.ExtractPixels("Features", "Image", ImagePixelExtractingEstimator.ColorBits.Red).Fit(rows);
        AssertRefused(pixels, rows);
    }

    [TestMethod]
    public void ConvertToOnnx_FeaturesChangedByAStepThatCannotBeExported_AreNotTakenUnchanged()
    {
        var rows = Context.Data.LoadFromEnumerable([new Pixels { Features = new float[256] }]);
        AssertRefused(Context.Transforms.CustomMapping<Pixels, Pixels>((from, to) => to.Features = from.Features, null).Fit(rows), rows);
    }

    [TestMethod]
    public void ConvertToOnnx_OtherColumnByAStepThatCannotBeExported_IsNoMatter()
    {
        using var model = DrawnModel.Of(Context, NinArchitecture.Small(1, 4, 8), Grey(16));
        var rows = Context.Data.LoadFromEnumerable([new Pixels { Features = new float[256] }]);
        var other = Context.Transforms.CustomMapping<Pixels, Other>((_, to) => to.Number = 1, null).Fit(rows);
        using var stream = new MemoryStream();
        Context.Model.ConvertToOnnx(
            new TransformerChain<ITransformer>(other, model), rows, stream, "Score", "PredictedLabel");
        Assert.AreNotEqual(0, stream.Length);
    }

    // By default SelectColumns drops the column that the mapping hid.
    [TestMethod]
    public void ConvertToOnnx_FeaturesChangedBeforeColumnsWereDropped_AreNotTakenUnchanged()
    {
        var rows = Context.Data.LoadFromEnumerable([new Pixels { Features = new float[256] }]);
        AssertRefused(
            Context.Transforms.CustomMapping<Pixels, Pixels>((from, to) => to.Features = from.Features, null)
                .Append(Context.Transforms.SelectColumns("Features")).Fit(rows),
            rows);
        AssertRefused(
            Context.Transforms.NormalizeMinMax("Features", fixZero: true)
                .Append(Context.Transforms.CustomMapping<Pixels, Other>((_, to) => to.Number = 1, null))
                .Append(Context.Transforms.SelectColumns("Features")).Fit(rows),
            rows);
    }

    [TestMethod]
    public void ConvertToOnnx_FeaturesMadeAfterAStepThatCannotBeExported_AreExported()
    {
        using var model = DrawnModel.Of(Context, NinArchitecture.Small(1, 4, 8), Grey(16));
        var pixels = DrawnModel.Images(new NinImageShape(1, 16, 16), 1);
        var rows = Context.Data.LoadFromEnumerable([new Raw { Values = pixels }]);
        var chain = Context.Transforms.CustomMapping<Raw, Other>((_, to) => to.Number = 1, null)
            .Append(Context.Transforms.CopyColumns("Features", "Raw")).Fit(rows);
        using var stream = new MemoryStream();
        Context.Model.ConvertToOnnx(new TransformerChain<ITransformer>(chain, model), rows, stream, "Score", "PredictedLabel");
        using var session = new InferenceSession(stream.ToArray());
        using var raw = OrtValue.CreateTensorValueFromMemory(pixels, [1, 1, 16, 16]);
        using var run = new RunOptions();
        using var outputs = session.Run(run, ["Raw"], [raw], ["Score.output"]);
        var expected = model.Transform(chain.Transform(rows)).GetColumn<float[]>("Score").Single();
        AssertClose(expected, outputs[0].GetTensorDataAsSpan<float>().ToArray(), 1e-5, "copied");
    }

    [TestMethod]
    public void ConvertToOnnx_DisposedModel_IsRefused()
    {
        var model = DrawnModel.Of(Context, NinArchitecture.Small(1, 4, 8), Grey(16));
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => OnnxFile.OfFeatures(Context, model).Dispose());
    }

    private static NinImageLayout Grey(int side) => new(new NinImageShape(1, side, side), false, [1, side, side]);

    private static void AssertSame(string name, NinArchitecture architecture, NinImageLayout layout, int? resizeTo, int count)
    {
        using var model = DrawnModel.Of(Context, architecture, layout, resizeTo);
        using var file = OnnxFile.OfFeatures(Context, model);
        var images = DrawnModel.Images(layout.Shape, count);
        var (scores, labels) = file.Run<uint>(images, count);
        var transformed = Transformed(model, images, count, layout.Dimensions);
        AssertClose(transformed.Scores, scores, 1e-4, name);
        CollectionAssert.AreEqual(transformed.Labels, labels, name);
        // Images that all get the same scores would prove nothing.
        var classes = architecture.Classes;
        var spread = Enumerable.Range(0, classes).Max(k => Math.Abs(scores[k] - scores[classes + k]));
        Assert.IsGreaterThan(1e-3f, spread, name);
    }

    private static void AssertRefused(ITransformer before, IDataView rows)
    {
        using var model = DrawnModel.Of(Context, NinArchitecture.Small(1, 4, 8), Grey(16));
        var chain = new TransformerChain<ITransformer>(before, model);
        using var stream = new MemoryStream();
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Context.Model.ConvertToOnnx(chain, rows, stream));
        foreach (var part in new[] { "'Features'", "TransformerChain", "an empty view" })
            StringAssert.Contains(error.Message, part);
        Assert.AreEqual(0, stream.Length);
    }

    private static (float[] Scores, uint[] Labels) Transformed(
        NinTransformer model, float[] images, int count, ImmutableArray<int> dimensions)
    {
        var scored = model.Transform(DrawnModel.View(Context, images, count, dimensions));
        return ([.. scored.GetColumn<float[]>("Score").SelectMany(row => row)], [.. scored.GetColumn<uint>("PredictedLabel")]);
    }

    private static void AssertClose(float[] expected, float[] found, double tolerance, string name)
    {
        Assert.HasCount(expected.Length, found, name);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], found[i], tolerance, $"{name}, score {i}");
    }

    private sealed class ImageRow
    {
        [ImageType(16, 16)]
        public MLImage? Image { get; set; }
    }

    private sealed class Raw
    {
        [VectorType(1, 16, 16)]
        [ColumnName("Raw")]
        public float[] Values { get; set; } = [];
    }

    private sealed class Other
    {
        public float Number { get; set; }
    }

    private sealed class Pixels
    {
        [VectorType(1, 16, 16)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Picture
    {
        public string Label { get; set; } = "";

        [ImageType(16, 16)]
        public MLImage? Image { get; set; }
    }
}
