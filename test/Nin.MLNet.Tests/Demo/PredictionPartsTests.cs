using Nin.Pipeline.Demo.Scoring;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class PredictionPartsTests : IDisposable
{
    private static readonly DateTime Then = new(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);
    private readonly ImageFolder folder = new();

    public void Dispose() => folder.Dispose();

    [TestMethod]
    public void NameOf_AnotherImageBehindALink_IsAnother()
    {
        if (OperatingSystem.IsWindows())
            return;
        var image = folder.Write("a.png", [1]);
        var (near, nearer) = (folder.Path("near.png"), folder.Path("nearer.png"));
        File.CreateSymbolicLink(near, "a.png");
        File.CreateSymbolicLink(nearer, "near.png");
        var names = new HashSet<string> { Name() };
        Assert.IsFalse(names.Add(Name()));

        folder.Write("a.png", [1, 2]);
        Assert.IsTrue(names.Add(Name()));
        File.SetLastWriteTimeUtc(image, Then);
        Assert.IsTrue(names.Add(Name()));

        // As long and as old as the other.
        File.SetLastWriteTimeUtc(folder.Write("b.png", [3, 4]), Then);
        File.Delete(near);
        File.CreateSymbolicLink(near, "b.png");
        Assert.IsTrue(names.Add(Name()));

        string Name() => PredictionParts.NameOf("model", [nearer]);
    }

    [TestMethod]
    public void NameOf_NoFileOrLinksToNone_HasAName()
    {
        if (OperatingSystem.IsWindows())
            return;
        var (nowhere, circle) = (folder.Path("nowhere.png"), folder.Path("circle.png"));
        File.CreateSymbolicLink(nowhere, "none.png");
        File.CreateSymbolicLink(circle, "circle.png");
        string[] paths = [folder.Path("none.png"), nowhere, circle];
        Assert.HasCount(3, paths.Select(path => PredictionParts.NameOf("", [path])).Distinct());
    }
}
