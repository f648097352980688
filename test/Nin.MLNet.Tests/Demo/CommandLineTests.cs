using System.CommandLine;
using Nin.Pipeline.Demo;
using Nin.Pipeline.Demo.Commands;
using Nin.Pipeline.Demo.DataSets;
using Spectre.Console;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class CommandLineTests : IDisposable
{
    private readonly ImageFolder folder = new();

    public void Dispose() => folder.Dispose();

    [TestMethod]
    [DataRow("unknown", "unknown")]
    [DataRow("train --folder a --list b.csv", "--folder and --list are different sources")]
    [DataRow("train --images a", "--images and --labels belong together")]
    [DataRow("evaluate m.zip --labels a", "--images and --labels belong together")]
    [DataRow("train --size 0", "--size is 0: expected 1 to 4096")]
    [DataRow("find-lr --channels 2", "--channels is 2: expected 1 or 3")]
    [DataRow("compare --test-share 1", "--test-share is 1: expected a share above 0 and below 1")]
    [DataRow("explain m.zip --worst 201", "--worst is 201: expected 1 to 200")]
    [DataRow("train --epochs 0", "--epochs is 0: expected 1 to 100000")]
    [DataRow("short --rows 0", "--rows is 0: expected at least 1")]
    [DataRow("--minutes 0", "--minutes is 0: expected above 0 and at most 525600")]
    [DataRow("train --minutes NaN", "--minutes is NaN: expected above 0")]
    [DataRow("train --minutes 1e300", "--minutes is 1e300: expected above 0 and at most 525600")]
    [DataRow("find-lr --width 7", "--width is 7: expected at least 8")]
    [DataRow("train --live --port 65536", "--port is 65536: expected 0 to 65535")]
    [DataRow("find-lr --from 0", "--from is 0: expected above 0 and at most 100")]
    [DataRow("find-lr --to 101", "--to is 101: expected above 0 and at most 100")]
    [DataRow("find-lr --from 0.5 --to 0.1", "--from is 0.5: expected below --to, which is 0.1")]
    [DataRow("find-lr --from 20", "--from is 20: expected below --to, which is 10")]
    [DataRow("find-lr --from low --to 0.1", "--from")]
    [DataRow("find-lr --steps 9", "--steps is 9: expected 10 to 100000")]
    [DataRow("seeds --seeds 0", "--seeds is 0: expected at least 1")]
    [DataRow("seeds --seeds -1", "--seeds is -1: expected at least 1")]
    [DataRow("seeds --hold-out -5", "--hold-out is -5: expected at least 0")]
    [DataRow("sizes --hold-out -5", "--hold-out is -5: expected at least 0")]
    [DataRow("sizes --draws 0", "--draws is 0: expected at least 1")]
    [DataRow("sizes --rows 100 0 300", "--rows is 0: expected at least 1")]
    [DataRow("compare --rows -1", "--rows is -1: expected at least 1")]
    [DataRow("compare --epochs 0", "--epochs is 0: expected 1 to 100000")]
    [DataRow("collapse --seeds 0", "--seeds is 0: expected at least 1")]
    [DataRow("collapse --rows 0", "--rows is 0: expected at least 1")]
    [DataRow("collapse --epochs 0", "--epochs is 0: expected 1 to 100000")]
    [DataRow("collapse --side 66", "--side is 66: expected 67 to 4096")]
    [DataRow("collapse --rate 0", "--rate is 0: expected above 0 and at most 100")]
    [DataRow("collapse --narrow 0", "--narrow is 0: expected 1 to 96")]
    [DataRow("collapse --narrow 97", "--narrow is 97: expected 1 to 96")]
    [DataRow("explain m.zip a.png --worst 3", "Give either image files and folders, or --worst N")]
    [DataRow("explain m.zip a.png --folder photos", "--folder says which test images --worst N chooses from")]
    [DataRow("explain m.zip a.png --size 28", "--size says which test images --worst N chooses from")]
    [DataRow("train --epochs 3 --minutes 10", "--epochs and --minutes both say how long to train")]
    [DataRow("--port 8080", "--port is that of the --live page")]
    [DataRow("train --port 8080", "--port is that of the --live page")]
    [DataRow("seeds --live", "'--live'")]
    [DataRow("train --epochs few", "--epochs")]
    [DataRow("train --size abc", "'abc' for option '--size'")]
    [DataRow("evaluate m.zip --channels rgb", "'rgb' for option '--channels'")]
    [DataRow("train --test-share 20%", "'20%' for option '--test-share'")]
    [DataRow("explain m.zip --worst all", "'all' for option '--worst'")]
    [DataRow("predict m.zip", "predict")]
    public void Run_WrongCommandLine_IsTwoWithAMessage(string line, string message)
    {
        var run = CommandRun.Of(line.Split(' '));
        Assert.AreEqual(ExitCode.Usage, run.Code, run.Output);
        StringAssert.Contains(run.Error, message, StringComparison.Ordinal);
        StringAssert.Contains(run.Error, "--help' lists the commands and options", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Run_AnyNumberOption_HasARange()
    {
        var root = DemoCommands.Create(AnsiConsole.Console, CancellationToken.None);
        var free =
            from command in root.Subcommands.Append<Command>(root)
            from option in command.Options
            where option.Validators.Count == 0 && option.Name != "--seed"
            let type = option.ValueType.GetElementType() ?? Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType
            where type == typeof(int) || type == typeof(double)
            select $"{command.Name} {option.Name}";
        Assert.AreEqual("", string.Join(", ", free));
    }

    [TestMethod]
    public void Run_CollapseSmallestSide_IsThatOfTheBooksNetwork()
    {
        _ = NinArchitecture.D2L().Summarize(67, 67);
        Assert.Throws<ArgumentException>(() => NinArchitecture.D2L().Summarize(66, 66));
    }

    [TestMethod]
    public void Run_FileNameThatBeginsWithAt_IsAFileName() => StringAssert.Contains(
        CommandRun.Of("predict", folder.Path("none.zip"), "@a.png").Error, "none.zip: there is no such file", StringComparison.Ordinal);

    [TestMethod]
    public void Run_DefaultShare_IsNoMistake() =>
        StringAssert.Contains(CommandRun.Of("train", "--folder", folder.Root).Error, "found no sub-folder", StringComparison.Ordinal);

    [TestMethod]
    [DataRow("predict")]
    [DataRow("evaluate")]
    [DataRow("summary")]
    public void Run_ModelThatIsNone_IsOneAndNamesIt(string command)
    {
        var image = folder.Draw("a.png", new(9, 9, 9));
        var zip = folder.WriteLines("broken.zip", "no zip");
        string[] more = command == "predict" ? [image] : [];
        var missing = CommandRun.Of([command, folder.Path("none.zip"), .. more]);
        Assert.AreEqual(ExitCode.Failed, missing.Code);
        StringAssert.Contains(missing.Error, "none.zip: there is no such file", StringComparison.Ordinal);
        var broken = CommandRun.Of([command, zip, .. more]);
        Assert.AreEqual(ExitCode.Failed, broken.Code);
        StringAssert.Contains(broken.Error, "broken.zip: this is not a complete ML.NET model", StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow("train")]
    [DataRow("evaluate")]
    [DataRow("predict")]
    [DataRow("summary")]
    [DataRow("find-lr")]
    [DataRow("report")]
    [DataRow("seeds")]
    [DataRow("compare")]
    [DataRow("sizes")]
    [DataRow("collapse")]
    [DataRow("short")]
    [DataRow("")]
    public void Run_Help_HasExamplesAndExitCodes(string command)
    {
        var run = CommandRun.Of([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.AreEqual(ExitCode.Done, run.Code);
        StringAssert.Contains(run.Output, "Examples:", StringComparison.Ordinal);
        StringAssert.Contains(run.Output, "130 interrupted", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Run_OutputFolderNotWritable_FailsBeforeAnythingIsDone()
    {
        folder.DrawClasses(2);
        // Nobody, not even root, can create a folder below a file.
        var below = Path.Combine(folder.WriteLines("file", "x"), "out");
        var train = CommandRun.Of("train", "--folder", folder.Root, "--out", below);
        Assert.AreEqual(ExitCode.Failed, train.Code);
        StringAssert.Contains(train.Error, $"{below}: cannot be written to", StringComparison.Ordinal);
        Assert.AreEqual("", train.Output);
        var predict = CommandRun.Of("predict", "none.zip", folder.Root, "--out", Path.Combine(below, "a.csv"));
        StringAssert.Contains(predict.Error, "cannot be written to", StringComparison.Ordinal);
    }

    [TestMethod]
    public void ReadFailures_SameFileTwice_IsOne()
    {
        var failures = new ReadFailures();
        failures.Add(new UnreadableImageException("a", "x"));
        failures.Add(new UnreadableImageException("a", "x"));
        Assert.AreEqual(1, failures.Count);
    }
}
