using Nin.MLNet.Native;

namespace Nin.MLNet.Tests.Native;

[TestClass]
public sealed class WeakVersionNeedTests
{
    private static string? Library =>
        (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "libLibTorchSharp.so")).FirstOrDefault(File.Exists);

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void MarkWeak_TorchSharpsLibrary_ChangesOneFlagAndNothingElse()
    {
        var before = File.ReadAllBytes(Library!);
        var after = (byte[])before.Clone();
        Assert.IsTrue(WeakVersionNeed.MarkWeak(after, "GLIBCXX_3.4.32"));
        var changed = Enumerable.Range(0, before.Length).Where(i => before[i] != after[i]).ToArray();
        Assert.HasCount(1, changed);
        Assert.AreEqual(before[changed[0]] | 2, after[changed[0]]);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void MarkWeak_VersionNotAskedFor_LeavesTheImageAlone()
    {
        var before = File.ReadAllBytes(Library!);
        var after = (byte[])before.Clone();
        Assert.IsFalse(WeakVersionNeed.MarkWeak(after, "GLIBCXX_9.9.99"));
        Assert.IsTrue(before.AsSpan().SequenceEqual(after));
    }
}
