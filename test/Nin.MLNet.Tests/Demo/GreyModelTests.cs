using System.Globalization;
using Microsoft.ML;
using Nin.Pipeline.Demo;

namespace Nin.MLNet.Tests.Demo;

/// <summary>Coloured files given to a model of one channel: trained on dark and on bright grey images.</summary>
[TestClass]
public sealed class GreyModelTests
{
    private const int Side = 16;
    private static ImageFolder images = null!;
    private static string model = null!, green = null!;

    [ClassInitialize]
    public static void Train(TestContext context)
    {
        images = new ImageFolder();
        for (var i = 0; i < 12; i++)
        {
            images.Write($"grey/dark/{i:00}.png", Grey(20 + i));
            images.Write($"grey/bright/{i:00}.png", Grey(130 + i));
        }

        // Its red is as dark as the dark images, its brightness is that of the bright ones.
        green = images.Write("new/bright/green.png", RawImages.Png(Side, Side, 8, 3, new byte[Side * Side], [25, 215, 25]));
        images.Write("new/dark/blue.png", RawImages.Png(Side, Side, 8, 3, new byte[Side * Side], [0, 0, 220]));
        var training = CommandRun.Of("train", "--folder", images.Path("grey"), "--out", images.Path("out"), "--epochs", "30");
        Assert.AreEqual(ExitCode.Done, training.Code, training.Error);
        StringAssert.Contains(training.Output, "grey, 2 classes", StringComparison.Ordinal);
        model = images.Path("out", "nin.zip");
    }

    [ClassCleanup]
    public static void Delete() => images.Dispose();

    [TestMethod]
    public void PredictEvaluateAndExplain_ColouredFiles_ReadTheirBrightness()
    {
        var predicted = CommandRun.Of("predict", model, green);
        StringAssert.Contains(predicted.Output, "green.png,bright,", StringComparison.Ordinal);
        var evaluated = CommandRun.Of("evaluate", model, "--folder", images.Path("new"), "--all");
        StringAssert.Matches(evaluated.Output, new(@"micro accuracy\D+100\.00 %"));
        var explained = CommandRun.Of("explain", model, green, "--out", images.Path("sheet.png"));
        StringAssert.Contains(explained.Output, "bright ", StringComparison.Ordinal);
    }

    [TestMethod]
    public void SavedZip_ColouredFile_GivesWhatPredictGives()
    {
        var context = new MLContext();
        using var engine = context.Model.CreatePredictionEngine<PathInput, Answer>(context.Model.Load(model, out _));
        var answer = engine.Predict(new PathInput { Path = green });
        Assert.AreEqual("bright", answer.PredictedLabel);
        var csv = CommandRun.Of("predict", model, green, "--all").Output.Split('\n')[1].Split(',');
        Assert.AreEqual(answer.Score[0], float.Parse(csv[3], CultureInfo.InvariantCulture), 5e-3f);
    }

    [TestMethod]
    [DataRow("train", "nin.zip")]
    [DataRow("seeds --seeds 1", "nin-fast-1.zip")]
    public void Predict_ModelOfIdxFiles_ReadsBrightnessToo(string command, string zip)
    {
        using var files = new IdxPair();
        files.WriteDataSet(train: 60, test: 12, Side, Side);
        var training = CommandRun.Of([.. command.Split(' '), "--data", files.Directory, "--out", files.Directory, "--epochs", "1"]);
        Assert.AreEqual(ExitCode.Done, training.Code, training.Error);
        var asBright = images.Write("new/bright/as-green.png", Grey(137));
        var lines = CommandRun.Of("predict", files.Path(zip), green, asBright, "--all").Output.Split('\n');
        Assert.AreEqual(lines[2][asBright.Length..], lines[1][green.Length..]);
    }

    private static byte[] Grey(int shade) => RawImages.Png(Side, Side, 8, 0, [.. Enumerable.Repeat((byte)shade, Side * Side)]);

    private sealed class PathInput
    {
        public string Path { get; set; } = "";
    }

    private sealed class Answer
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
