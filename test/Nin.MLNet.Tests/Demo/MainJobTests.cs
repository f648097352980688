using System.Globalization;
using System.Text.RegularExpressions;
using Nin.Pipeline.Demo.Commands;
using Spectre.Console.Testing;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class MainJobTests : IDisposable
{
    private readonly IdxPair files = new();

    public void Dispose() => files.Dispose();

    [TestMethod]
    public void Train_SmallIdxFilesOfOtherSize_LeavesModelAndCurvesAndPredicts()
    {
        files.WriteDataSet(train: 60, test: 12, 20, 20);
        using var console = new TestConsole();
        console.Profile.Width = 500;
        var result = DemoCommands.Create(console, CancellationToken.None)
            .Parse(["train", "--data", files.Directory, "--out", files.Directory, "--epochs", "1"])
            .Invoke(new() { EnableDefaultExceptionHandler = false });
        Assert.AreEqual(0, result);
        Assert.IsTrue(File.Exists(files.Path("nin.zip")));
        // 60 images decided it, so the options do not say it.
        Assert.HasCount(1, Regex.Matches(File.ReadAllText(files.Path("report.html")), "Batches of 16 images"));
        string[] parts =
        [
            "epoch 1/1", "test accuracy", "log-loss reduction", "top-3 accuracy", "Confusion table", "image 9", "images/sec on ",
            files.Path("nin.zip"),
        ];
        foreach (var part in parts)
            StringAssert.Contains(console.Output, part, StringComparison.Ordinal);
    }

    [TestMethod]
    public void Train_FewImagesAndManyToTestOn_EvaluatesSomeForTheCurveAndAllAtTheEnd()
    {
        files.WriteDataSet(train: 60, test: 612, 20, 20);
        var run = CommandRun.Of("train", "--data", files.Directory, "--out", files.Directory, "--epochs", "1");
        Assert.AreEqual(0, run.Code, run.Error);
        StringAssert.Contains(run.Output, "After each epoch, 500 of the 612 test images are evaluated; at the end, all of them are.");
        StringAssert.Contains(run.Output, "On 612 test images");
        var page = File.ReadAllText(files.Path("report.html"));
        StringAssert.Contains(page, "500 of the 612 test images");
        // The book's last line is of all test images, as the metrics above it are.
        var all = Regex.Match(run.Output, @"micro accuracy +(\d+\.\d+) %").Groups[1].Value;
        var book = Regex.Match(run.Output, @"test acc (0\.\d{3}|1\.000)").Groups[1].Value;
        Assert.AreEqual(double.Parse(all, CultureInfo.InvariantCulture) / 100, double.Parse(book, CultureInfo.InvariantCulture), 0.00051);
    }

    [TestMethod]
    public void Train_AlreadyCancelled_Throws()
    {
        files.WriteDataSet(train: 60, test: 12, 20, 20);
        using var console = new TestConsole();
        var command = DemoCommands.Create(console, new CancellationToken(canceled: true))
            .Parse(["train", "--data", files.Directory, "--out", files.Directory]);
        Assert.Throws<OperationCanceledException>(() => command.Invoke(new() { EnableDefaultExceptionHandler = false }));
    }
}
