using System.Diagnostics;
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
        var reader = Task.Run(() => File.ReadAllText(pipe));
        WholeFile.Prepare(pipe);
        WholeFile.WriteText(pipe, writer => writer.Write("through"));
        Assert.IsTrue(reader.Wait(TimeSpan.FromSeconds(30)));
        Assert.AreEqual("through", reader.Result);
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Root));
    }

    [TestMethod]
    public void Write_ToADevice_LeavesItADevice()
    {
        if (OperatingSystem.IsWindows())
            return;
        // Through a link, so that a failure replaces the link instead of the device.
        var link = folder.Path("null");
        File.CreateSymbolicLink(link, "/dev/null");
        WholeFile.Prepare(link);
        WholeFile.WriteText(link, writer => writer.Write("gone"));
        Assert.AreEqual("/dev/null", new FileInfo(link).LinkTarget);
        Assert.AreEqual("", File.ReadAllText("/dev/null"));
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
    public void Write_OntoAFolder_NamesItAndTheWayOut()
    {
        Directory.CreateDirectory(folder.Path("taken"));
        var thrown = Assert.ThrowsExactly<OutputException>(() => WholeFile.WriteText(folder.Path("taken"), writer => writer.Write("x")));
        StringAssert.Contains(thrown.Message, folder.Path("taken"), StringComparison.Ordinal);
        StringAssert.Contains(thrown.Message, "--out", StringComparison.Ordinal);
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Root));
    }
}
