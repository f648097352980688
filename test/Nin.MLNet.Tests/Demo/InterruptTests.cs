using System.Diagnostics;
using System.Text.Json;
using Nin.Pipeline.Demo;

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
