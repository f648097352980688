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
    public void Train_AlreadyCancelled_Throws()
    {
        files.WriteDataSet(train: 60, test: 12, 20, 20);
        using var console = new TestConsole();
        var command = DemoCommands.Create(console, new CancellationToken(canceled: true))
            .Parse(["train", "--data", files.Directory, "--out", files.Directory]);
        Assert.Throws<OperationCanceledException>(() => command.Invoke(new() { EnableDefaultExceptionHandler = false }));
    }
}
