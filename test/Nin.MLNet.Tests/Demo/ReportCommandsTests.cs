using Nin.Pipeline.Demo.Commands;
using Spectre.Console.Testing;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class ReportCommandsTests : IDisposable
{
    private readonly IdxPair files = new();

    public void Dispose() => files.Dispose();

    [TestMethod]
    public void Seeds_SmallIdxFiles_PrintsEachSeedMeanAndDeviationAndLeavesModels()
    {
        files.WriteDataSet(train: 60, test: 12, 20, 20);
        var output = Run("seeds", "--data", files.Directory, "--out", files.Directory, "--epochs", "1", "--seeds", "2");
        foreach (var part in new[] { "seed 1: test accuracy", "seed 2: test accuracy", "mean", "sd", "log-loss at T", "n = 2", "Torch" })
            StringAssert.Contains(output, part, StringComparison.Ordinal);
        Assert.IsTrue(File.Exists(files.Path("nin-fast-2.zip")));

        // The model's history comes from the zip, and its confusions from the data.
        var page = files.Path("report.html");
        var said = Run("report", files.Path("nin-fast-2.zip"), "--data", files.Directory, "--out", page);
        StringAssert.Contains(said, "epoch 1/1", StringComparison.Ordinal);
        foreach (var part in new[] { "train loss", "id=\"confusion\"", "SHA-256", "<h2>Layers" })
            StringAssert.Contains(File.ReadAllText(page), part, StringComparison.Ordinal);
    }

    [TestMethod]
    public void Seeds_HoldOutAndKnobs_LooksAtTrainingImagesAndNamesWhatDiffers()
    {
        files.WriteDataSet(train: 60, test: 12, 20, 20);
        var output = Run(
            "seeds", "--data", files.Directory, "--out", files.Directory, "--epochs", "1", "--seeds", "1",
            "--hold-out", "20",
            "--width", "8", "--set", "MaxShiftPixels=0", "LabelSmoothing=0.2", "Optimizer=AdamW");
        StringAssert.Contains(output, "held-out accuracy", StringComparison.Ordinal);
        StringAssert.Contains(output, "MaxShiftPixels=0, LabelSmoothing=0.2, Optimizer=AdamW", StringComparison.Ordinal);
        var parameters = NinArchitecture.Small(classes: 3, width: 8).ParameterCount;
        StringAssert.Contains(output, FormattableString.Invariant($"{parameters:N0} parameters"), StringComparison.Ordinal);
        Assert.DoesNotContain("test accuracy", output);
    }

    [TestMethod]
    public void Compare_FewRows_PrintsEveryTrainersFigures()
    {
        files.WriteDataSet(train: 300, test: 12, 20, 20);
        var output = Run("compare", "--data", files.Directory, "--rows", "200", "--epochs", "1");
        foreach (var part in new[] { "NiN", "LightGbm", "FastTree", "SDCA", "L-BFGS", "200 training and 12 test images" })
            StringAssert.Contains(output, part, StringComparison.Ordinal);
        // It trains by Fast alone where mirroring is known to do no harm.
        Assert.DoesNotContain("Options.Fast", output);
    }

    [TestMethod]
    public void Sizes_TwoSizesAndDraws_PrintsEveryTrainersMeanAndDeviation()
    {
        files.WriteDataSet(train: 200, test: 12, 20, 20);
        var output = Run("sizes", "--data", files.Directory, "--rows", "60", "120", "--draws", "2", "--set", "NumberOfEpochs=1");
        foreach (var part in new[] { "NiN, 60 images, draw 1: ", "LightGbm, 120 images, draw 2: ", "L-BFGS, 120 images, draw 2: " })
            StringAssert.Contains(output, part, StringComparison.Ordinal);
        StringAssert.Contains(
            output, "Accuracy on 12 test images, mean and standard deviation, n = 2, NumberOfEpochs=1", StringComparison.Ordinal);
        var row = output.Split('\n').Single(line => line.TrimStart().StartsWith("120 ", StringComparison.Ordinal));
        Assert.AreEqual(6, row.Count(character => character == '%'), row);
    }

    [TestMethod]
    public void Collapse_RateThatKills_CountsTheDeadAndTheBroughtBack()
    {
        var output = Run("collapse", "--seeds", "1", "--rows", "256", "--epochs", "4", "--rate", "30");
        StringAssert.Contains(output, "given up, seed 1: The network collapsed in epoch", StringComparison.Ordinal);
        StringAssert.Contains(output, "brought back, seed 1: ", StringComparison.Ordinal);
    }

    private static string Run(params string[] arguments)
    {
        using var console = new TestConsole();
        console.Profile.Width = 500;
        Assert.AreEqual(
            0,
            DemoCommands.Create(console, CancellationToken.None).Parse(arguments)
                .Invoke(new() { EnableDefaultExceptionHandler = false }));
        return console.Output;
    }
}
