using System.Diagnostics;
using System.Globalization;
using Nin.Pipeline.Demo;
using Nin.Pipeline.Demo.Output;
using SkiaSharp;

namespace Nin.MLNet.Tests.Demo;

/// <summary>Results written to standard output by name. The demo runs as a process of its own, whose output the shell redirects.</summary>
[TestClass]
public sealed class StandardOutputTests : IDisposable
{
    private static readonly string Model = Path.Combine(AppContext.BaseDirectory, "data", "fashion-mnist", "nin-fashion-mnist.zip");
    private readonly ImageFolder images = new();

    public void Dispose() => images.Dispose();

    [TestMethod]
    [DataRow("/dev/stdout")]
    [DataRow("/dev/fd/1")]
    [DataRow("/proc/self/fd/1")]
    public void IsStandardOutput_ItsNamesAndALinkToThem_True(string name)
    {
        if (!OperatingSystem.IsLinux())
            return;
        Assert.IsTrue(OutputTarget.IsStandardOutput(name));
        var link = images.Path("link");
        File.CreateSymbolicLink(link, name);
        Assert.IsTrue(OutputTarget.IsStandardOutput(link));
        Assert.IsFalse(OutputTarget.IsStandardOutput(images.Path("file")));
    }

    [TestMethod]
    public void Predict_ToStandardOutputAtAFilesEnd_KeepsWhatIsBeforeAndAfter()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var image = images.Draw("a.png", SKColors.Red);
        var all = images.WriteLines("all.csv", "earlier");
        var error = Run($"{{ echo before; \"$@\" || exit; echo after; }} >> {all}", "predict", Model, image, "--out", "/dev/stdout");
        Assert.AreEqual($"earlier\nbefore\n{CommandRun.Of("predict", Model, image).Output}after\n", File.ReadAllText(all));
        StringAssert.Contains(error, "1 of 1 file(s) predicted", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Predict_InATerminal_DrawsNoBarOverTheRows()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/script"))
            Assert.Inconclusive("Needs script, a part of util-linux, which runs a program in a terminal.");
        var image = images.Draw("a.png", SKColors.Red);
        // The terminal shows what is in the log.
        var log = images.Path("log");
        Run($"TERM=xterm script -qec \"'$1' '$2' '$3' '$4' '$5'\" '{log}' > '{images.Path("nowhere")}'", "predict", Model, image);
        var shown = File.ReadAllText(log);
        StringAssert.Contains(shown, "a.png,", StringComparison.Ordinal);
        Assert.DoesNotContain("predicting", shown);
    }

    [TestMethod]
    public void Export_ToStandardOutput_WritesTheModelAlone()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var (plain, redirected) = (images.Path("plain.onnx"), images.Path("redirected.onnx"));
        Assert.AreEqual(ExitCode.Done, CommandRun.Of("export", Model, "--out", plain).Code);
        var error = Run($"\"$@\" > {redirected}", "export", Model, "--out", "/dev/stdout");
        CollectionAssert.AreEqual(File.ReadAllBytes(plain), File.ReadAllBytes(redirected));
        var length = new FileInfo(plain).Length.ToString("N0", CultureInfo.InvariantCulture);
        StringAssert.Contains(error, $"onnx    /dev/stdout ({length} bytes)", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Explain_ToStandardOutput_WritesThePictureAlone()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var image = images.Draw("a.png", SKColors.Red);
        var (plain, redirected) = (images.Path("plain.png"), images.Path("redirected.png"));
        Assert.AreEqual(ExitCode.Done, CommandRun.Of("explain", Model, image, "--out", plain).Code);
        // Through a pipe, which has no length and no place.
        var error = Run($"\"$@\" | cat > {redirected}", "explain", Model, image, "--out", "/dev/stdout");
        CollectionAssert.AreEqual(File.ReadAllBytes(plain), File.ReadAllBytes(redirected));
        StringAssert.Contains(error, "sheet   /dev/stdout", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Report_ToStandardOutput_WritesThePageAlone()
    {
        if (!OperatingSystem.IsLinux())
            return;
        for (var i = 0; i < 4; i++)
        {
            images.Draw($"photos/bag/{i}.png", new SKColor(10, 10, (byte)(150 + i)));
            images.Draw($"photos/coat/{i}.png", new SKColor((byte)(150 + i), 10, 10));
        }

        var redirected = images.Path("redirected.html");
        var error = Run($"\"$@\" > {redirected}", "report", Model, "--folder", images.Path("photos"), "--out", "/dev/stdout");
        var page = File.ReadAllText(redirected).Trim();
        StringAssert.StartsWith(page, "<!DOCTYPE html>", StringComparison.OrdinalIgnoreCase);
        StringAssert.EndsWith(page, "</html>", StringComparison.Ordinal);
        StringAssert.Contains(error, "report  /dev/stdout", StringComparison.Ordinal);
    }

    /// <returns>What went to the error stream.</returns>
    private static string Run(string script, params string[] arguments)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var program = Path.Combine(AppContext.BaseDirectory, "Nin.Pipeline.Demo.dll");
        using var shell = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", script, "sh", dotnet, program, .. arguments]) { RedirectStandardError = true })!;
        var error = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        Assert.AreEqual(ExitCode.Done, shell.ExitCode, error);
        return error;
    }
}
