using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Nin.Pipeline.Demo;
using SkiaSharp;

namespace Nin.MLNet.Tests.Demo;

/// <summary>From a folder of one's own images to predictions, step by step as a user would; one training for all tests.</summary>
[TestClass]
public sealed class OwnImagesTests
{
    private const int Each = 12, Epochs = 30;
    private static ImageFolder images = null!;
    private static string model = null!;
    private static CommandRun training = null!;

    [ClassInitialize]
    public static void Train(TestContext context)
    {
        images = new ImageFolder();
        images.DrawClasses(Each, below: "train-here");
        images.Write("train-here/red/broken.png", []);
        // More pixels than the network sees, and a different shape.
        images.Draw("new/wide.png", new SKColor(180, 10, 10), width: 40, height: 20);
        images.Draw("new/a, b.jpg", new SKColor(10, 10, 180));
        images.Write("new/empty.png", []);
        images.Draw("new/z.webp", new SKColor(190, 10, 10));
        training = CommandRun.Of(
            "train", "--folder", images.Path("train-here"), "--out", images.Path("out"), "--epochs", $"{Epochs}", "--json");
        model = images.Path("out", "nin.zip");
    }

    [ClassCleanup]
    public static void Delete() => images.Dispose();

    [TestMethod]
    public void Train_FolderWithOneBrokenFile_IsThreeAndTellsAllAsJson()
    {
        Assert.AreEqual(ExitCode.SomeUnreadable, training.Code, training.Error);
        var result = JsonDocument.Parse(training.Output).RootElement;
        Assert.AreEqual(Epochs, result.GetProperty("epochs").GetArrayLength());
        Assert.AreEqual(1.0, result.GetProperty("test").GetProperty("accuracy").GetDouble());
        Assert.IsFalse(result.GetProperty("isInterrupted").GetBoolean());
        Assert.AreEqual(model, result.GetProperty("model").GetString());
        var unreadable = result.GetProperty("unreadable")[0];
        StringAssert.EndsWith(unreadable.GetProperty("path").GetString(), "broken.png", StringComparison.Ordinal);
        string[] expected = ["nin-image.zip", "nin.zip", "report.html"];
        CollectionAssert.AreEquivalent(expected, Directory.GetFiles(images.Path("out")).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    public void Predict_FilesAndFolder_GivesCsvInOrderAndListsTheUnreadable()
    {
        var path = images.Path("predictions.csv");
        var first = images.Path("train-here", "blue", "003.png");
        var run = CommandRun.Of("predict", model, first, images.Path("new"), images.Path("gone.png"), "--out", path, "--all");
        Assert.AreEqual(ExitCode.SomeUnreadable, run.Code, run.Error);
        StringAssert.Contains(run.Output, $"{images.Path("new", "empty.png")}: the file is empty", StringComparison.Ordinal);
        StringAssert.Contains(run.Output, $"{images.Path("gone.png")}: there is no such file", StringComparison.Ordinal);
        StringAssert.Contains(run.Output, "2 file(s) could not be read", StringComparison.Ordinal);
        StringAssert.Contains(run.Output, "4 of 6 file(s) predicted", StringComparison.Ordinal);

        var lines = File.ReadAllLines(path);
        Assert.AreEqual("path,predicted,probability,blue,red", lines[0]);
        string[] begins =
        [
            $"{first},blue,", $"\"{images.Path("new", "a, b.jpg")}\",blue,",
            $"{images.Path("new", "wide.png")},red,", $"{images.Path("new", "z.webp")},red,",
        ];
        Assert.HasCount(5, lines);
        foreach (var (line, begin) in lines.Skip(1).Zip(begins))
        {
            StringAssert.StartsWith(line, begin, StringComparison.Ordinal);
            var numbers = line[begin.Length..].Split(',').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray();
            Assert.AreEqual(1, numbers[1] + numbers[2], 1e-5);
            Assert.AreEqual(Math.Max(numbers[1], numbers[2]), numbers[0]);
        }
    }

    [TestMethod]
    public void Predict_Json_GoesToStandardOutputAlone()
    {
        var run = CommandRun.Of("predict", model, images.Path("new"), "--json");
        Assert.AreEqual(ExitCode.SomeUnreadable, run.Code, run.Error);
        var result = JsonDocument.Parse(run.Output).RootElement;
        string?[] found = [.. result.GetProperty("predictions").EnumerateArray().Select(p => p.GetProperty("predicted").GetString())];
        CollectionAssert.AreEqual(new[] { "blue", "red", "red" }, found);
        Assert.AreEqual("the file is empty", result.GetProperty("unreadable")[0].GetProperty("reason").GetString());

        var readable = CommandRun.Of("predict", model, images.Path("new", "z.webp"));
        Assert.AreEqual(ExitCode.Done, readable.Code);
        StringAssert.StartsWith(readable.Output, "path,predicted,probability", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Predict_FolderWithoutImages_SaysSo()
    {
        Directory.CreateDirectory(images.Path("nothing"));
        var run = CommandRun.Of("predict", model, images.Path("nothing"));
        Assert.AreEqual(ExitCode.Failed, run.Code);
        StringAssert.Contains(run.Error, "found none", StringComparison.Ordinal);
    }

    [TestMethod]
    public void SavedZips_InABareContext_TakeAPathAndAnImageAlike()
    {
        var context = new MLContext();
        var file = images.Path("new", "wide.png");
        var fromPath = context.Model.Load(model, out var schema);
        Assert.AreEqual("Path", string.Join(", ", schema.Select(column => column.Name)));
        using var byPath = context.Model.CreatePredictionEngine<PathInput, Answer>(fromPath);
        var answer = byPath.Predict(new PathInput { Path = file });
        Assert.AreEqual("red", answer.PredictedLabel);

        using var byImage = context.Model.CreatePredictionEngine<ImageInput, Answer>(
            context.Model.Load(images.Path("out", "nin-image.zip"), out _));
        using var image = MLImage.CreateFromFile(file);
        CollectionAssert.AreEqual(answer.Score, byImage.Predict(new ImageInput { Image = image }).Score);

        // The command gives the same result as any program gets.
        var csv = CommandRun.Of("predict", model, file, "--all").Output.Split('\n')[1].Split(',');
        Assert.AreEqual(answer.Score[0], float.Parse(csv[3], CultureInfo.InvariantCulture), 5e-3f);
    }

    [TestMethod]
    public void PredictAndEvaluate_WithMirrorImages_TakeASecondLook()
    {
        var (context, file) = (new MLContext(), images.Path("new", "wide.png"));
        var loaded = (TransformerChain<ITransformer>)context.Model.Load(model, out _);
        loaded.OfType<NinTransformer>().Single().ScoringMirrorImages = true;
        using var engine = context.Model.CreatePredictionEngine<PathInput, Answer>(loaded);
        var expected = engine.Predict(new PathInput { Path = file }).Score[0];
        var (once, twice) = (Probability(), Probability("--mirror-images"));
        Assert.AreEqual(expected, twice, 5e-3f);
        Assert.AreNotEqual(once, twice);
        Assert.AreNotEqual(LogLoss(), LogLoss("--mirror-images"));

        float Probability(params string[] more) => float.Parse(
            CommandRun.Of(["predict", model, file, "--all", .. more]).Output.Split('\n')[1].Split(',')[3], CultureInfo.InvariantCulture);
        double LogLoss(params string[] more) => JsonDocument
            .Parse(CommandRun.Of(["evaluate", model, "--folder", images.Path("train-here"), "--json", .. more]).Output)
            .RootElement.GetProperty("test").GetProperty("logLoss").GetDouble();
    }

    [TestMethod]
    public void Evaluate_TheHeldOutImagesAndAll_GivesTheTrainingsFigures()
    {
        var run = CommandRun.Of("evaluate", model, "--folder", images.Path("train-here"), "--json");
        Assert.AreEqual(ExitCode.SomeUnreadable, run.Code, run.Error);
        var test = JsonDocument.Parse(run.Output).RootElement.GetProperty("test");
        var inTraining = JsonDocument.Parse(training.Output).RootElement.GetProperty("test");
        Assert.AreEqual(inTraining.GetProperty("images").GetInt64(), test.GetProperty("images").GetInt64());
        Assert.AreEqual(inTraining.GetProperty("logLoss").GetDouble(), test.GetProperty("logLoss").GetDouble(), 1e-3);

        var all = CommandRun.Of("evaluate", model, "--folder", images.Path("train-here"), "--all");
        StringAssert.Contains(all.Output, $"On {2 * Each} test images", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Evaluate_ClassThatTheModelDoesNotKnow_IsNamed()
    {
        var list = images.WriteLines("strange.csv", "new/z.webp,green", "new/wide.png,red");
        var run = CommandRun.Of("evaluate", model, "--list", list, "--all");
        Assert.AreEqual(ExitCode.Failed, run.Code);
        StringAssert.Contains(run.Error, "the model does not know 'green'; it knows 'blue', 'red'", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Summary_OfTheModel_HasItsLayersAndClasses()
    {
        var run = CommandRun.Of("summary", model);
        Assert.AreEqual(ExitCode.Done, run.Code, run.Error);
        foreach (var part in new[] { "For one image of 3x16x16", "classes: blue, red", $"epoch {Epochs}/{Epochs}" })
            StringAssert.Contains(run.Output, part, StringComparison.Ordinal);
        var json = JsonDocument.Parse(CommandRun.Of("summary", model, "--json").Output).RootElement;
        Assert.AreEqual(
            json.GetProperty("parameters").GetInt64(),
            json.GetProperty("layers").EnumerateArray().Sum(layer => layer.GetProperty("parameters").GetInt64()));
        var book = JsonDocument.Parse(CommandRun.Of("summary", "--json").Output).RootElement;
        Assert.AreEqual(1_992_166, book.GetProperty("parameters").GetInt64());
    }

    [TestMethod]
    public void FindLearningRate_OwnImages_GivesACurve()
    {
        var run = CommandRun.Of("find-lr", "--folder", images.Path("train-here"), "--steps", "10", "--json");
        Assert.AreEqual(ExitCode.SomeUnreadable, run.Code, run.Error);
        var points = JsonDocument.Parse(run.Output).RootElement.GetProperty("points").EnumerateArray().ToList();
        Assert.AreEqual(1e-5, points[0].GetProperty("learningRate").GetDouble(), 1e-9);
        Assert.IsGreaterThan(3, points.Count);
    }

    [TestMethod]
    public void SeedsAndCompare_OwnImages_PrintTheirTables()
    {
        string[] source = ["--folder", images.Path("train-here"), "--epochs", "1"];
        var seeds = CommandRun.Of(["seeds", .. source, "--seeds", "1", "--out", images.Path("seeds")]);
        Assert.AreEqual(ExitCode.SomeUnreadable, seeds.Code, seeds.Error);
        StringAssert.Contains(seeds.Output, "n = 1", StringComparison.Ordinal);
        var compare = CommandRun.Of(["compare", .. source, "--only", "single"]);
        StringAssert.Contains(compare.Output, "NiN, a single epoch", StringComparison.Ordinal);
        StringAssert.Contains(compare.Output, "broken.png: the file is empty", StringComparison.Ordinal);
        // The model of seeds takes an image and returns the class's name, as those of train do.
        var context = new MLContext();
        using var engine = context.Model.CreatePredictionEngine<ImageInput, Answer>(
            context.Model.Load(images.Path("seeds", "nin-fast-1.zip"), out _));
        using var image = MLImage.CreateFromFile(images.Path("new", "wide.png"));
        Assert.IsTrue(engine.Predict(new ImageInput { Image = image }).PredictedLabel is "blue" or "red");
    }

    [TestMethod]
    public void Collapse_OwnImages_CountsThemAndListsTheUnreadable()
    {
        var run = CommandRun.Of(
            "collapse", "--folder", images.Path("train-here"), "--seeds", "2", "--epochs", "1", "--side", "67", "--narrow", "96",
            "--action", "Throw");
        Assert.AreEqual(ExitCode.SomeUnreadable, run.Code, run.Error);
        StringAssert.Contains(run.Output, $"The book's recipe on {2 * (Each - 2)} images", StringComparison.Ordinal);
        Assert.HasCount(2, run.Output.Split("broken.png: the file is empty"));
    }

    [TestMethod]
    public void Seeds_FileThatOnlySomeSeedsDraw_IsListed()
    {
        using var few = new ImageFolder();
        few.DrawClasses(10, below: "photos");
        var cut = few.Path("photos", "red", "005.png");
        File.WriteAllBytes(cut, File.ReadAllBytes(cut)[..200]);
        var codes = Enumerable.Range(1, 6).ToDictionary(seed => seed, seed => Seeds($"{seed}", "1").Code);
        // A seed that does not draw the file, followed by one that does.
        var first = codes.Keys.First(seed => codes[seed] == ExitCode.Done && codes[seed + 1] == ExitCode.SomeUnreadable);
        var both = Seeds($"{first}", "2");
        Assert.AreEqual(ExitCode.SomeUnreadable, both.Code, both.Output);
        StringAssert.Contains(both.Output, "005.png", StringComparison.Ordinal);

        CommandRun Seeds(string first, string count) => CommandRun.Of(
            "seeds", "--folder", few.Path("photos"), "--rows", "4", "--seed", first, "--seeds", count, "--epochs", "1",
            "--out", few.Path("out"));
    }

    [TestMethod]
    public void Train_ClassOfOneImage_SaysThatItIsNotMeasured()
    {
        using var few = new ImageFolder();
        few.DrawClasses(3, below: "photos");
        few.Draw("photos/green/only.png", new SKColor(10, 180, 10));
        var run = CommandRun.Of("train", "--folder", few.Path("photos"), "--out", few.Path("out"), "--epochs", "1");
        Assert.AreEqual(ExitCode.Done, run.Code, run.Error);
        StringAssert.Contains(run.Output, "no test image, so not measured: green (a class needs two images)", StringComparison.Ordinal);
        Assert.IsFalse(training.Output.Contains("not measured", StringComparison.Ordinal));
    }

    [TestMethod]
    public void Predict_PhotoHeldUpsideDown_IsSetUprightByItsExif()
    {
        using var photos = new ImageFolder();
        for (var i = 0; i < Each; i++)
        {
            photos.Write($"photos/above/{i:00}.jpg", HalfBright(above: true, i));
            photos.Write($"photos/below/{i:00}.jpg", HalfBright(above: false, i));
        }

        photos.Write("new/plain.jpg", HalfBright(above: false, 3));
        photos.Write("new/turned.jpg", RawImages.WithOrientation(HalfBright(above: false, 3), 3));
        var trained = CommandRun.Of(
            "train", "--folder", photos.Path("photos"), "--out", photos.Path("out"), "--epochs", $"{Epochs}", "--json");
        Assert.AreEqual(ExitCode.Done, trained.Code, trained.Error);
        var run = CommandRun.Of("predict", photos.Path("out", "nin.zip"), photos.Path("new"));
        StringAssert.Contains(run.Output, $"{photos.Path("new", "plain.jpg")},below,", StringComparison.Ordinal);
        StringAssert.Contains(run.Output, $"{photos.Path("new", "turned.jpg")},above,", StringComparison.Ordinal);
    }

    private static byte[] HalfBright(bool above, int number)
    {
        using var bitmap = new SKBitmap(16, 16);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(new SKColor((byte)(20 + number), 20, 20));
            using var paint = new SKPaint { Color = new SKColor((byte)(200 + number), 220, 220) };
            canvas.DrawRect(0, above ? 0 : 8, 16, 8, paint);
        }

        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);
        return jpeg.ToArray();
    }

    private sealed class PathInput
    {
        public string Path { get; set; } = "";
    }

    private sealed class ImageInput
    {
        [ImageType(20, 40)]
        public MLImage? Image { get; set; }
    }

    private sealed class Answer
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
