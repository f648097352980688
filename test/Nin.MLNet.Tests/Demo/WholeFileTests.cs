using System.Diagnostics;
using Nin.Pipeline.Demo;
using Nin.Pipeline.Demo.Output;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class WholeFileTests : IDisposable
{
    private readonly ImageFolder folder = new();

    public void Dispose() => folder.Dispose();

    [TestMethod]
    public void Write_FailingMidway_LeavesTheOldFileAndNothingAside()
    {
        var path = folder.WriteLines("a.csv", "old");
        Assert.ThrowsExactly<OperationCanceledException>(() => WholeFile.WriteText(path, writer =>
        {
            writer.Write("half");
            throw new OperationCanceledException();
        }));
        Assert.AreEqual("old", File.ReadAllText(path).Trim());
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Root));

        WholeFile.WriteText(path, writer => writer.Write("new"));
        Assert.AreEqual("new", File.ReadAllText(path));
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Root));
    }

    [TestMethod]
    public void PrepareFolder_NewOne_IsMadeAndEmpty()
    {
        WholeFile.PrepareFolder(folder.Path("a", "b"));
        Assert.HasCount(0, Directory.GetFileSystemEntries(folder.Path("a", "b")));
    }

    [TestMethod]
    public void Write_ThroughLinks_ReplacesTheFileAtTheirEnd()
    {
        if (OperatingSystem.IsWindows())
            return;
        var file = folder.WriteLines("far/a.csv", "old");
        var (near, nearer) = (folder.Path("near.csv"), folder.Path("nearer.csv"));
        File.CreateSymbolicLink(near, Path.Combine("far", "a.csv"));
        File.CreateSymbolicLink(nearer, near);
        WholeFile.WriteText(nearer, writer => writer.Write("new"));
        Assert.AreEqual("new", File.ReadAllText(file));
        Assert.AreEqual(near, new FileInfo(nearer).LinkTarget);
        Assert.HasCount(3, Directory.GetFileSystemEntries(folder.Root));

        // A file that is yet to be made.
        File.Delete(file);
        WholeFile.Prepare(nearer);
        WholeFile.WriteText(nearer, writer => writer.Write("first"));
        Assert.AreEqual("first", File.ReadAllText(file));
        Assert.IsNotNull(new FileInfo(nearer).LinkTarget);
    }

    [TestMethod]
    public void Write_ThroughLinksInACircle_SaysSo()
    {
        if (OperatingSystem.IsWindows())
            return;
        var (one, other) = (folder.Path("one"), folder.Path("other"));
        File.CreateSymbolicLink(one, other);
        File.CreateSymbolicLink(other, one);
        var thrown = Assert.ThrowsExactly<OutputException>(() => WholeFile.WriteText(one, writer => writer.Write("x")));
        StringAssert.Contains(thrown.Message, $"{one}: cannot be written to", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Write_ToANamedPipe_ReachesItsReader()
    {
        if (OperatingSystem.IsWindows())
            return;
        var pipe = folder.Path("pipe");
        using (var make = Process.Start("mkfifo", [pipe]))
            make.WaitForExit();
        var link = folder.Path("link");
        File.CreateSymbolicLink(link, "pipe");
        foreach (var path in new[] { pipe, link })
        {
            var reader = Task.Run(() => File.ReadAllText(pipe));
            WholeFile.Prepare(path);
            WholeFile.WriteText(path, writer => writer.Write($"through {path}"));
            Assert.IsTrue(reader.Wait(TimeSpan.FromSeconds(30)));
            Assert.AreEqual($"through {path}", reader.Result);
        }

        Assert.AreEqual("pipe", new FileInfo(link).LinkTarget);
        Assert.HasCount(2, Directory.GetFileSystemEntries(folder.Root));
    }

    [TestMethod]
    public void OpenDevice_Null_IsOpenedAsItIs()
    {
        if (OperatingSystem.IsWindows())
            return;
        var link = folder.Path("null");
        File.CreateSymbolicLink(link, "/dev/null");
        Assert.AreEqual("/dev/null", OutputTarget.Of(link));
        // Not by WholeFile: if that failed, root would put a file in the place of the machine's device.
        using var device = OutputTarget.OpenDevice("/dev/null");
        device!.Write([1]);
    }

    [TestMethod]
    public void OpenDevice_EmptyFile_LeavesItUntouched()
    {
        var path = folder.Write("a.csv", []);
        var then = new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, then);
        Assert.IsNull(OutputTarget.OpenDevice(OutputTarget.Of(path)));
        Assert.AreEqual(then, File.GetLastWriteTimeUtc(path));
    }

    [TestMethod]
    public void Prepare_FileThatIsOpenUnderANumber_IsRefused()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var open = File.OpenHandle(folder.WriteLines("a.csv", "old"), FileMode.Open, FileAccess.ReadWrite);
        foreach (var path in new[] { $"/dev/fd/{open.DangerousGetHandle()}", $"/proc/self/fd/{open.DangerousGetHandle()}" })
        {
            var thrown = Assert.ThrowsExactly<OutputException>(() => WholeFile.Prepare(path));
            StringAssert.Contains(thrown.Message, $"{path}: cannot be written to: It stands for ", StringComparison.Ordinal);
        }
    }

    [TestMethod]
    public void Prepare_NoSuchDevice_IsRefused()
    {
        if (OperatingSystem.IsWindows())
            return;
        var thrown = Assert.ThrowsExactly<OutputException>(() => WholeFile.Prepare("/dev/stdoot"));
        StringAssert.Contains(thrown.Message, "/dev/stdoot: cannot be written to", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Prepare_EmptyFileInAFolderThatCannotBeWrittenTo_SaysSo()
    {
        var path = folder.Write("locked/a.csv", []);
        using var locked = LockedFolder.OrSkip(folder.Path("locked"), left: UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var thrown = Assert.ThrowsExactly<OutputException>(() => WholeFile.Prepare(path));
        StringAssert.Contains(thrown.Message, $"{folder.Path("locked")}: cannot be written to", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Write_ToAnEmptyFileFailingMidway_LeavesItEmpty()
    {
        var path = folder.Write("a.csv", []);
        Assert.ThrowsExactly<OperationCanceledException>(() => WholeFile.WriteText(path, writer =>
        {
            writer.Write(new string('x', 100_000));
            throw new OperationCanceledException();
        }));
        Assert.AreEqual(0, new FileInfo(path).Length);
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Root));
    }

    [TestMethod]
    [DataRow("taken")]
    [DataRow("new/")]
    public void PrepareAndWrite_OntoAFolder_NameItAndTheWayOut(string name)
    {
        Directory.CreateDirectory(folder.Path("taken"));
        var path = folder.Path(name);
        foreach (var write in new Action<string>[] { WholeFile.Prepare, to => WholeFile.WriteText(to, writer => writer.Write("x")) })
        {
            var thrown = Assert.ThrowsExactly<OutputException>(() => write(path));
            Assert.AreEqual($"{path}: cannot be written to: It is a folder. Name another place with --out.", thrown.Message);
            Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Root));
        }
    }

    [TestMethod]
    [DataRow("export")]
    [DataRow("report")]
    [DataRow("explain", "a.png")]
    [DataRow("predict", "a.png")]
    public void Command_OutCannotBeWrittenTo_FailsBeforeTheModelIsRead(string command, params string[] images)
    {
        var run = CommandRun.Of([command, folder.Path("none.zip"), .. images, "--out", folder.Root]);
        Assert.AreEqual(ExitCode.Failed, run.Code);
        StringAssert.Contains(run.Error, $"{folder.Root}: cannot be written to", StringComparison.Ordinal);
    }
}
