using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Tests.Contract;
using Nin.MLNet.Tests.Export;

namespace Nin.MLNet.Tests;

/// <summary>Models built from weights, without training.</summary>
[TestClass]
public sealed class NinModelParametersTests
{
    private static readonly MLContext Context = new(1);
    private static readonly string[] ThreeNames = ["apple", "pear", "plum"];

    // The architecture of the weights in Persistence/golden; see make_golden.py.
    private static readonly NinArchitecture Golden = new(1,
    [
        new NinBlock([6, 5, 4], 3, 1, 1) { Pooling = new NinPooling(NinPoolingKind.Max, 3, 2) },
        new NinBlock(3, 3, 1, 1),
    ])
    { BatchNorm = true, LastReLU = false };

    private static readonly NinImageLayout Layout = new(new NinImageShape(1, 12, 12), channelsLast: false, [144]);

    private static string GoldenFile(string name) =>
        Path.Combine(Repository.Root, "test", "Nin.MLNet.Tests", "Persistence", "golden", name);

    [TestMethod]
    public void FromWeights_WeightsOfPyTorch_ScoreInAPipelineAndAfterLoading()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(GoldenFile("golden.json")));
        float[] Values(string name) => [.. json.RootElement.GetProperty(name).EnumerateArray().Select(value => value.GetSingle())];
        var expected = Values("logits").Chunk(3)
            .SelectMany(row => row.Select(logit => Math.Exp(logit) / row.Sum(x => Math.Exp(x)))).ToList();
        var data = DrawnModel.View(Context, Values("images"), 4, Layout.Dimensions);

        using var model = new NinTransformer(Context, FromGolden());
        CollectionAssert.AreEqual(ThreeNames, model.Model.ClassNames.ToArray());
        Assert.IsEmpty(model.Model.History);
        var chain = Context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(model.Transform(data));
        AssertScores(new TransformerChain<ITransformer>(model, chain));

        var zip = Path.GetTempFileName();
        try
        {
            Context.Model.Save(new TransformerChain<ITransformer>(model, chain), data.Schema, zip);
            AssertScores(new MLContext().Model.Load(zip, out _));
        }
        finally
        {
            File.Delete(zip);
        }

        void AssertScores(ITransformer whole)
        {
            var scored = whole.Transform(data);
            float[] found = [.. scored.GetColumn<float[]>("Score").SelectMany(row => row)];
            for (var i = 0; i < 12; i++)
                Assert.AreEqual(expected[i], found[i], 1e-4);
            var names = Enumerable.Range(0, 4).Select(row => ThreeNames[expected.IndexOf(expected.Skip(3 * row).Take(3).Max()) % 3]);
            CollectionAssert.AreEqual(names.ToArray(), scored.GetColumn<string>("PredictedLabel").ToArray());
        }
    }

    [TestMethod]
    public void FromWeights_AsInitialModel_IsTrainedOn()
    {
        using var initial = FromGolden();
        var options = SyntheticImages.Quick();
        (options.InitialModel, options.NumberOfEpochs) = (initial, 1);
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, 60));
        Assert.AreEqual(Golden, model.Model.Architecture);
        Assert.HasCount(1, model.Model.History);
    }

    [TestMethod]
    public void FromWeights_NothingSaidOfThePixels_TakesThemAsTheyCome()
    {
        using var model = FromGolden();
        CollectionAssert.AreEqual(new[] { 0f }, model.PixelMeans.ToArray());
        CollectionAssert.AreEqual(new[] { 1f }, model.PixelStds.ToArray());
        Assert.IsNull(model.ResizeTo);
    }

    [TestMethod]
    public void FromWeights_ArgumentsThatDoNotFit_AreNamedWithWhatIsExpected()
    {
        var colour = new NinImageLayout(new NinImageShape(3, 12, 12), channelsLast: false, [3, 12, 12]);
        var tiny = new NinImageLayout(new NinImageShape(1, 2, 2), channelsLast: false, [4]);
        Refuses("imageLayout holds images of 3x12x12", () => FromGolden(layout: colour));
        Refuses("too small for this architecture, whose smallest is 3x3", () => FromGolden(layout: tiny));
        Refuses("resizeTo is 0: it must be a whole number from 1 to 4,096", () => FromGolden(resizeTo: 0));
        Refuses("resizeTo is 5000", () => FromGolden(resizeTo: 5_000));
        Refuses("classNames has 2 name(s), but the architecture has 3 classes", () => FromGolden(names: ["a", "b"]));
        Refuses("classNames holds a name that is null or empty", () => FromGolden(names: ["a", "", "c"]));
        Refuses("classNames holds 'a' 2 times", () => FromGolden(names: ["a", "b", "a"]));
        Refuses("pixelMeans has 3 value(s), but the architecture reads 1 channel(s)", () => FromGolden(means: [1, 2, 3]));
        Refuses("pixelMeans holds NaN", () => FromGolden(means: [float.NaN]));
        Refuses("pixelStds holds 0: every value must be a finite number above 0", () => FromGolden(stds: [0]));

        static void Refuses(string part, Func<NinModelParameters> make)
        {
            var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => make().Dispose(), part);
            StringAssert.Contains(error.Message, part);
            Assert.IsTrue(InBox.IsMarked(error), part);
        }
    }

    [TestMethod]
    public void FromWeights_FileThatDoesNotFit_IsRefused()
    {
        Assert.ThrowsExactly<FileNotFoundException>(() => FromGolden(file: "missing.safetensors"));
        var error = Assert.ThrowsExactly<InvalidDataException>(() => NinModelParameters.FromWeights(
            GoldenFile("golden.safetensors"), NinArchitecture.Small(1, 3, 8), Layout, ThreeNames));
        StringAssert.Contains(error.Message, "golden.safetensors' holds the weights of another architecture");
        Assert.ThrowsExactly<InvalidDataException>(() => FromGolden(file: "golden.json"));
    }

    [TestMethod]
    public void Constructor_OfATransformer_NeedsAModelAndAColumn()
    {
        using var model = FromGolden();
        Assert.ThrowsExactly<ArgumentNullException>(() => new NinTransformer(null!, model));
        Assert.ThrowsExactly<ArgumentNullException>(() => new NinTransformer(Context, null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => new NinTransformer(Context, model, null!));
        var transformer = new NinTransformer(Context, model, "Pixels");
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.Transform(SyntheticImages.Keyed(Context, 6)));
        StringAssert.Contains(error.Message, "'Pixels' was not found");
    }

    private static NinModelParameters FromGolden(
        string file = "golden.safetensors", NinImageLayout? layout = null, string[]? names = null, float[]? means = null,
        float[]? stds = null, int? resizeTo = null) => NinModelParameters.FromWeights(
            GoldenFile(file), Golden, layout ?? Layout, names ?? ThreeNames, means, stds, resizeTo, NinTrainer.Precision.Float32);
}
