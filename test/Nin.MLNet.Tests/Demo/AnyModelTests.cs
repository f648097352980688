using Microsoft.ML;
using Nin.Pipeline.Demo;
using SkiaSharp;

namespace Nin.MLNet.Tests.Demo;

/// <summary>
/// Commands on models that another ML.NET program made: other columns, a label required, the class returned as a key, classes in the order
/// of their first images, and data that has only some of the classes.
/// </summary>
[TestClass]
public sealed class AnyModelTests
{
    private static readonly (string Name, SKColor Colour)[] Classes =
        [("dog", new(150, 10, 10)), ("cat", new(10, 10, 150)), ("ant", new(10, 150, 10))];

    private static ImageFolder images = null!;
    private static string ofPixels = null!, ofImages = null!;

    [ClassInitialize]
    public static void Train(TestContext test)
    {
        images = new ImageFolder();
        foreach (var (name, colour) in Classes)
        {
            for (var i = 0; i < 12; i++)
                images.Draw($"train/{name}/{i:00}.png", new((byte)(colour.Red + i), (byte)(colour.Green + i), (byte)(colour.Blue + i)));
        }

        // Red cats: the model takes them for dogs. The dogs are red as they should be.
        for (var i = 0; i < 6; i++)
        {
            images.Draw($"wrong/dog/{i}.png", new SKColor((byte)(151 + i), 11, 11));
            images.Draw($"wrong/cat/{i}.png", new SKColor((byte)(150 + i), 10, 10));
        }

        var context = new MLContext(1);
        ofPixels = Save("pixels.zip", context.Transforms.ExtractPixels("Pixels", "Image").Append(Nin("Pixels")));
        ofImages = Save("images.zip", Nin("Image"));

        NinTrainer Nin(string features) => context.MulticlassClassification.Trainers.Nin(new NinTrainer.Options
        {
            FeatureColumnName = features,
            NumberOfEpochs = 30,
            ValidationSetFraction = 0.25,
        });
    }

    [ClassCleanup]
    public static void Delete() => images.Dispose();

    [TestMethod]
    public void Report_ClassesInTheModelsOrder_NamesTheMistakesRightly()
    {
        var page = images.Path("report.html");
        var run = CommandRun.Of("report", ofPixels, "--folder", images.Path("wrong"), "--out", page);
        Assert.AreEqual(ExitCode.Done, run.Code, run.Error);
        var html = File.ReadAllText(page);
        StringAssert.Contains(html, "<figcaption>cat, taken for <b>dog</b>", StringComparison.Ordinal);
        Assert.DoesNotContain("<figcaption>dog, taken for", html);
    }

    [TestMethod]
    public void Report_AnyModel_CallsItsValidationHistoryValidation()
    {
        var page = images.Path("validation.html");
        var run = CommandRun.Of("report", ofPixels, "--folder", images.Path("wrong"), "--out", page);
        StringAssert.Contains(run.Output, "validation accuracy", StringComparison.Ordinal);
        Assert.DoesNotContain("test accuracy", run.Output);
        StringAssert.Contains(File.ReadAllText(page), "\"validation accuracy\"", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Report_ModelOfImages_HasNoPicturesOfItsMistakes()
    {
        var page = images.Path("images.html");
        var run = CommandRun.Of("report", ofImages, "--folder", images.Path("wrong"), "--out", page);
        Assert.AreEqual(ExitCode.Done, run.Code, run.Error);
        var html = File.ReadAllText(page);
        StringAssert.Contains(html, "SHA-256", StringComparison.Ordinal);
        Assert.DoesNotContain("<figcaption>", html);
    }

    [TestMethod]
    public void Predict_ModelThatReturnsAKey_NamesTheClass()
    {
        var run = CommandRun.Of("predict", ofPixels, images.Path("train", "ant", "00.png"));
        StringAssert.Contains(run.Output, "00.png,ant,", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Explain_WorstOfAnotherFeatureColumn_DrawsThem()
    {
        var sheet = images.Path("worst.png");
        var run = CommandRun.Of("explain", ofPixels, "--worst", "5", "--folder", images.Path("wrong"), "--out", sheet);
        Assert.AreEqual(ExitCode.Done, run.Code, run.Error);
        StringAssert.Matches(run.Output, new(@"dog \d+\.\d % .*wrong.cat"));
        Assert.IsTrue(File.Exists(sheet));
    }

    private static string Save(string name, IEstimator<ITransformer> network)
    {
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable(Classes.SelectMany(found => Directory
            .GetFiles(images.Path("train", found.Name)).Select(path => new Row { Path = path, Label = found.Name })));
        var model = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.Transforms.LoadImages("Image", "", "Path"))
            .Append(context.Transforms.ResizeImages("Image", 16, 16))
            .Append(network)
            .Fit(data);
        context.Model.Save(model, data.Schema, images.Path(name));
        return images.Path(name);
    }

    private sealed class Row
    {
        public string Path { get; set; } = "";

        public string Label { get; set; } = "";
    }
}
