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
    public void Write_OntoAFolder_NamesItAndTheWayOut()
    {
        Directory.CreateDirectory(folder.Path("taken"));
        var thrown = Assert.ThrowsExactly<OutputException>(() => WholeFile.WriteText(folder.Path("taken"), writer => writer.Write("x")));
        StringAssert.Contains(thrown.Message, folder.Path("taken"), StringComparison.Ordinal);
        StringAssert.Contains(thrown.Message, "--out", StringComparison.Ordinal);
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Root));
    }
}
