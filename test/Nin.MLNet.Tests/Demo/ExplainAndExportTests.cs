using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Nin.Pipeline.Demo;
using SkiaSharp;

namespace Nin.MLNet.Tests.Demo;

/// <summary>What a saved model offers besides predictions; one training for all tests.</summary>
[TestClass]
public sealed class ExplainAndExportTests
{
    private static ImageFolder images = null!;
    private static string model = null!;

    [ClassInitialize]
    public static void Train(TestContext context)
    {
        images = new ImageFolder();
        images.DrawClasses(each: 12, below: "train");
        images.Draw("new/blue.png", new SKColor(10, 10, 180));
        images.Draw("new/red.png", new SKColor(180, 10, 10), width: 40, height: 20);
        // The exported model computes in float32.
        var training = CommandRun.Of(
            "train", "--folder", images.Path("train"), "--out", images.Path("out"), "--epochs", "30", "--precision", "float32");
        Assert.AreEqual(ExitCode.Done, training.Code, training.Error);
        model = images.Path("out", "nin.zip");
    }

    [ClassCleanup]
    public static void Delete() => images.Dispose();

    [TestMethod]
    public void Explain_Folder_DrawsEachImageWithHeatBesideIt()
    {
        var sheet = images.Path("sheet.png");
        var run = CommandRun.Of("explain", model, images.Path("new"), "--out", sheet);
        Assert.AreEqual(ExitCode.Done, run.Code, run.Error);
        StringAssert.Matches(run.Output, new(@"blue \d+\.\d %  .*blue\.png"));
        StringAssert.Matches(run.Output, new(@"red \d+\.\d %  .*red\.png"));
        using var picture = SKBitmap.Decode(sheet);
        // Two cells, each with an image and its heat map, side by side.
        Assert.AreEqual((2 * 304) + 12, picture.Width);
        // On the left the blue image is blue; part of its copy on the right is hot.
        Assert.IsGreaterThan(picture.GetPixel(50, 50).Red, picture.GetPixel(50, 50).Blue);
        var hot = Enumerable.Range(0, 140 * 140).Select(i => picture.GetPixel(156 + (i % 140), 12 + (i / 140)))
            .Count(colour => colour.Red > colour.Blue + 100);
        Assert.IsGreaterThan(100, hot);
    }

    [TestMethod]
    public void Explain_UnreadableFile_ExplainsTheRestAndIsThree()
    {
        var broken = images.Write("broken.png", []);
        var run = CommandRun.Of("explain", model, broken, images.Path("new", "red.png"), "--out", images.Path("rest.png"));
        Assert.AreEqual(ExitCode.SomeUnreadable, run.Code, run.Error);
        StringAssert.Contains(run.Output, "broken.png: the file is empty", StringComparison.Ordinal);
        Assert.IsTrue(File.Exists(images.Path("rest.png")));
    }

    [TestMethod]
    public void Explain_NothingReadable_NamesTheReason()
    {
        string[] broken = [images.Write("damaged/a.png", []), images.Write("damaged/b.png", [])];
        var run = CommandRun.Of(["explain", model, .. broken, "--out", images.Path("none.png")]);
        Assert.AreEqual(ExitCode.Failed, run.Code);
        StringAssert.Contains(
            run.Error, $"no image to explain. 2 file(s) could not be read, the first {broken[0]}: the file is empty.",
            StringComparison.Ordinal);
    }

    [TestMethod]
    public void Explain_FolderThatCannotBeRead_NamesTheReason()
    {
        images.Draw("locked/a.png", new SKColor(10, 10, 180));
        using var locked = LockedFolder.OrSkip(images.Path("locked"));
        var run = CommandRun.Of("explain", model, images.Path("locked"), "--out", images.Path("none.png"));
        Assert.AreEqual(ExitCode.Failed, run.Code);
        StringAssert.Contains(run.Error, $"{images.Path("locked")}: this folder cannot be read", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Explain_WorstOfASetWithoutMistakes_SaysThatThereIsNothing()
    {
        var run = CommandRun.Of("explain", model, "--worst", "5", "--folder", images.Path("train"), "--out", images.Path("worst.png"));
        Assert.AreEqual(ExitCode.Failed, run.Code);
        StringAssert.Contains(run.Error, "no image to explain", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Explain_NeitherFilesNorWorst_IsAMistakeOfUsage()
    {
        var run = CommandRun.Of("explain", model);
        Assert.AreEqual(ExitCode.Usage, run.Code);
        StringAssert.Contains(run.Error, "--worst", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Export_ModelOfFiles_RunsInOnnxRuntime()
    {
        var file = images.Path("model.onnx");
        var run = CommandRun.Of("export", model, "--out", file);
        Assert.AreEqual(ExitCode.Done, run.Code, run.Error);
        StringAssert.Contains(run.Output, "[N, 3, 16, 16]", StringComparison.Ordinal);
        using var session = new InferenceSession(file);
        var input = session.InputMetadata.Single(value => value.Value.Dimensions.Length == 4 || value.Value.Dimensions.Length == 2);
        // The pixels of an image, as red, green and blue planes, give the result that predict gives.
        using var blue = SKBitmap.Decode(images.Path("new", "blue.png"));
        var pixels = new DenseTensor<float>([1, .. input.Value.Dimensions.Skip(1)]);
        for (var i = 0; i < 256; i++)
        {
            var colour = blue.GetPixel(i % 16, i / 16);
            pixels.SetValue(i, colour.Red);
            pixels.SetValue(256 + i, colour.Green);
            pixels.SetValue(512 + i, colour.Blue);
        }

        using var results = session.Run([NamedOnnxValue.CreateFromTensor(input.Key, pixels)]);
        var scores = results.Single(value => value.Name.StartsWith("Score", StringComparison.Ordinal)).AsTensor<float>().ToArray();
        var predicted = CommandRun.Of("predict", model, images.Path("new", "blue.png"), "--all").Output.Trim().Split('\n')[^1].Split(',');
        Assert.AreEqual(float.Parse(predicted[3], CultureInfo.InvariantCulture), scores[0], 1e-4);
        Assert.AreEqual(float.Parse(predicted[4], CultureInfo.InvariantCulture), scores[1], 1e-4);
    }

    [TestMethod]
    public void Export_ThroughALinkToAFolderToBeMade_TellsTheModelsLength()
    {
        if (OperatingSystem.IsWindows())
            return;
        var (near, far) = (images.Path("near.onnx"), images.Path("made", "far.onnx"));
        File.CreateSymbolicLink(near, far);
        var run = CommandRun.Of("export", model, "--out", near);
        Assert.AreEqual(ExitCode.Done, run.Code, run.Error);
        StringAssert.Contains(
            run.Output, string.Create(CultureInfo.InvariantCulture, $"onnx    {near} ({new FileInfo(far).Length:N0} bytes)"),
            StringComparison.Ordinal);
    }
}
