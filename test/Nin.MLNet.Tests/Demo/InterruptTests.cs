using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Nin.Pipeline.Demo;
using Nin.Pipeline.Demo.Commands;
using Nin.Pipeline.Demo.Output;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class InterruptTests : IDisposable
{
    private readonly ImageFolder folder = new();

    public void Dispose() => folder.Dispose();

    [TestMethod]
    public void CtrlC_DuringATraining_KeepsTheBestModelAndIs130()
    {
        // Windows cannot send this signal to a process.
        if (OperatingSystem.IsWindows())
            return;
        folder.DrawClasses(40, below: "images");
        using var program = Start("train", "--folder", folder.Path("images"), "--out", folder.Path("out"), "--epochs", "50000", "--json");
        var said = new List<string>();
        // A process started with the signal ignored would train for an hour.
        using var limit = new Timer(_ => program.Kill(), null, TimeSpan.FromMinutes(2), Timeout.InfiniteTimeSpan);
        // Progress goes to the error stream, since the result is JSON.
        while (program.StandardError.ReadLine() is { } line)
        {
            said.Add(line);
            if (line.StartsWith("epoch 3/", StringComparison.Ordinal))
                Send("INT", program);
        }

        var output = program.StandardOutput.ReadToEnd();
        Assert.IsTrue(program.WaitForExit(60_000));
        var all = string.Join('\n', said);
        Assert.AreEqual(ExitCode.Interrupted, program.ExitCode, all);
        StringAssert.Contains(all, "Stopping after this batch", StringComparison.Ordinal);
        StringAssert.Contains(all, "The best model so far is kept, that of epoch ", StringComparison.Ordinal);
        Assert.IsLessThan(1000, said.Count);
        Assert.IsTrue(JsonDocument.Parse(output).RootElement.GetProperty("isInterrupted").GetBoolean());
        // Plain text without a terminal: no colours, no bars.
        Assert.DoesNotContain("\u001b", all + output);

        Assert.HasCount(3, Directory.GetFileSystemEntries(folder.Path("out")));
        var predicted = CommandRun.Of("predict", folder.Path("out", "nin.zip"), folder.Path("images"));
        Assert.AreEqual(ExitCode.Done, predicted.Code, predicted.Error);
    }

    [TestMethod]
    public void CtrlC_WhereAModelIsAlready_KeepsItAndPutsItsOwnBeside()
    {
        folder.DrawClasses(10, below: "images");
        var earlier = folder.WriteLines("out/nin.zip", "an earlier model");
        var run = StoppedRun.At(
            "epoch 2/", "train", "--folder", folder.Path("images"), "--out", folder.Path("out"), "--epochs", "50000", "--json");
        Assert.AreEqual(ExitCode.Interrupted, run.Code, run.Error);
        Assert.AreEqual("an earlier model", File.ReadAllText(earlier).Trim());
        string[] expected = ["nin-image-interrupted.zip", "nin-interrupted.zip", "nin.zip", "report-interrupted.html"];
        CollectionAssert.AreEquivalent(expected, Directory.GetFiles(folder.Path("out")).Select(Path.GetFileName).ToArray());
        StringAssert.Contains(run.Error, "What an earlier training left in ", StringComparison.Ordinal);
        var model = JsonDocument.Parse(run.Output).RootElement.GetProperty("model").GetString()!;
        Assert.AreEqual(folder.Path("out", "nin-interrupted.zip"), model);
        var predicted = CommandRun.Of("predict", model, folder.Path("images"));
        Assert.AreEqual(ExitCode.Done, predicted.Code, predicted.Error);

        // A second one replaces nothing of the first.
        StoppedRun.At("epoch 1/", "train", "--folder", folder.Path("images"), "--out", folder.Path("out"), "--epochs", "50000");
        Assert.IsTrue(File.Exists(folder.Path("out", "nin-interrupted-2.zip")));
        Assert.HasCount(7, Directory.GetFiles(folder.Path("out")));

        // A training that ends by itself replaces the earlier model.
        Train();
        Assert.AreNotEqual("an earlier model", File.ReadAllText(earlier).Trim());
    }

    [TestMethod]
    public void CtrlC_InAResumedTraining_KeepsAnEpochSinceThenAndNamesIt()
    {
        folder.DrawClasses(10, below: "images");
        string[] line =
        [
            "train", "--folder", folder.Path("images"), "--out", folder.Path("out"), "--epochs", "50000",
            "--checkpoint", folder.Path("state"),
        ];
        var first = StoppedRun.At("epoch 3/", line).Output;
        StringAssert.Contains(first, "The best model so far is kept, that of epoch ");
        var stopped = Regex.Match(first, "Stopped after step .* in epoch ([0-9]+)").Groups[1].Value;
        var resumed = StoppedRun.At("epoch 6/", line);
        Assert.AreEqual(ExitCode.Interrupted, resumed.Code, resumed.Error);
        var kept = Regex.Match(resumed.Output, "The best model since the training was resumed is kept, that of epoch ([0-9]+)");
        Assert.IsTrue(kept.Success, resumed.Output);
        Assert.IsGreaterThan(
            int.Parse(stopped, CultureInfo.InvariantCulture), int.Parse(kept.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    [TestMethod]
    [DataRow("epoch 1/1 ", false)]
    [DataRow("Confusion table", true)]
    public void CtrlC_AfterTheLastStep_TellsTheModelAsInterrupted(string when, bool isTested)
    {
        folder.DrawClasses(10, below: "images");
        var run = StoppedRun.At(when, "train", "--folder", folder.Path("images"), "--out", folder.Path("out"), "--epochs", "1", "--json");
        Assert.AreEqual(ExitCode.Interrupted, run.Code, run.Error);
        StringAssert.Contains(run.Error, "Stopped after the training", StringComparison.Ordinal);
        var result = JsonDocument.Parse(run.Output).RootElement;
        Assert.IsTrue(result.GetProperty("isInterrupted").GetBoolean());
        Assert.AreEqual(isTested, result.GetProperty("test").ValueKind == JsonValueKind.Object);
        Assert.IsTrue(File.Exists(result.GetProperty("report").GetString()));
        var predicted = CommandRun.Of("predict", result.GetProperty("model").GetString()!, folder.Path("images"));
        Assert.AreEqual(ExitCode.Done, predicted.Code, predicted.Error);
    }

    [TestMethod]
    public void CtrlC_WhileASavedModelIsTested_Is130WithoutResults()
    {
        folder.DrawClasses(10, below: "images");
        Train();
        string[] source = ["--folder", folder.Path("images")];
        var model = folder.Path("out", "nin.zip");
        var evaluated = StoppedRun.At("images to test on", ["evaluate", model, .. source]);
        Assert.AreEqual((ExitCode.Interrupted, "Stopped."), (evaluated.Code, evaluated.Error.Trim()));
        Assert.DoesNotContain("accuracy", evaluated.Output);

        var page = folder.Path("page.html");
        var reported = StoppedRun.At("epoch 1/1 ", ["report", model, .. source, "--out", page]);
        Assert.AreEqual((ExitCode.Interrupted, "Stopped."), (reported.Code, reported.Error.Trim()));
        Assert.IsFalse(File.Exists(page));
    }

    [TestMethod]
    public void CtrlC_WhileTheWorstAreLookedFor_Is130WithoutASheet()
    {
        folder.DrawClasses(10, below: "images");
        Train();
        // The images can be loaded but no longer read: a search that is not stopped says so.
        foreach (var image in Directory.GetFiles(folder.Path("images"), "*.png", SearchOption.AllDirectories))
            File.WriteAllBytes(image, File.ReadAllBytes(image)[..^100]);
        var (sheet, error) = (folder.Path("sheet.png"), new StringWriter());
        string[] line = ["explain", folder.Path("out", "nin.zip"), "--worst", "3", "--folder", folder.Path("images"), "--out", sheet];
        var code = CommandLine.Run(line, Narration.Nowhere(), error, new CancellationToken(canceled: true));
        Assert.AreEqual((ExitCode.Interrupted, "Stopped."), (code, error.ToString().Trim()));
        Assert.IsFalse(File.Exists(sheet));
    }

    private void Train()
    {
        var trained = CommandRun.Of("train", "--folder", folder.Path("images"), "--out", folder.Path("out"), "--epochs", "1");
        Assert.AreEqual(ExitCode.Done, trained.Code, trained.Error);
    }

    private static Process Start(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Nin.Pipeline.Demo.dll");
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        return Process.Start(new ProcessStartInfo(dotnet, [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    private static void Send(string signal, Process process)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {process.Id}"]);
        kill.WaitForExit();
    }
}
