using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Nin.MLNet.Native;
using Nin.MLNet.Tests.Training.Callbacks;

namespace Nin.MLNet.Tests.Native;

/// <summary>Uses a library that every Linux has, since libtorch is already loaded.</summary>
[TestClass]
[OSCondition(OperatingSystems.Linux)]
[UnsupportedOSPlatform("windows")]
public sealed class PatchedLibraryTests
{
    private static byte[] Image => File.ReadAllBytes(WhereMathIs());

    [TestMethod]
    public void TryLoadFromMemory_AnyLibrary_WorksAndWritesNoFile()
    {
        var before = Entries();
        List<string> failures = [];
        var handle = PatchedLibrary.TryLoadFromMemory(Image, "libmath", failures);
        Assert.IsNotNull(handle, string.Join("; ", failures));
        AssertWorks(handle.Value);
        CollectionAssert.AreEqual(before, Entries());
        // A second library is not mistaken for the first.
        Assert.AreNotEqual(handle, PatchedLibrary.TryLoadFromMemory(Image, "libmath", failures));
    }

    [TestMethod]
    public void TryLoadFromFile_AnyFolder_WorksAndLeavesNothingThere()
    {
        var folder = Directory.CreateTempSubdirectory();
        List<string> failures = [];
        var handle = PatchedLibrary.TryLoadFromFile(Image, "libmath.so", folder.FullName, failures);
        Assert.IsNotNull(handle, string.Join("; ", failures));
        AssertWorks(handle.Value);
        Assert.IsEmpty(folder.GetFileSystemInfos());
        folder.Delete();
    }

    // Nobody can write to the folder /proc.
    [TestMethod]
    public void TryLoadFromFile_FolderThatCannotBeWritten_SaysSo()
    {
        List<string> failures = [];
        Assert.IsNull(PatchedLibrary.TryLoadFromFile(Image, "libmath.so", "/proc", failures));
        StringAssert.Contains(failures.Single(), "in /proc (");
    }

    [TestMethod]
    public void Load_NoLibraryAtAll_SaysWhatToDoAndLeavesNothing()
    {
        var before = Entries();
        var error = Assert.ThrowsExactly<DllNotFoundException>(() => PatchedLibrary.Load([1, 2, 3], "libnothing.so"));
        StringAssert.Contains(error.Message, "from memory (");
        StringAssert.Contains(error.Message, "Set TMPDIR to a folder");
        CollectionAssert.AreEqual(before, Entries());
    }

    // As in a container: the home folder does not exist and there is no folder for temporary files.
    [TestMethod]
    public void EnsureLoaded_NoHomeAndNoTemporaryFolder_LoadsTwoProcessesAtOnce()
    {
        (string, string?)[] bare = [("HOME", "/proc"), ("XDG_DATA_HOME", "/proc"), ("TMPDIR", "/proc/")];
        Parallel.For(0, 2, _ => ChildProcess.Run(nameof(NativeTorchTests.EnsureLoaded_OnThisMachine_LetsTensorsWork), bare));
    }

    [TestMethod]
    public void TryLoadFromFile_FolderWithoutPrograms_SaysSoAndLeavesNothing()
    {
        using var folder = SmallDisk.TryMount(8_192, "noexec,nosuid");
        if (folder is null)
            Assert.Inconclusive("This user may mount nothing.");
        List<string> failures = [];
        Assert.IsNull(PatchedLibrary.TryLoadFromFile(Image, "libmath.so", folder.Folder, failures));
        StringAssert.Contains(failures.Single(), $"in {folder.Folder} (");
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Folder));
    }

    [TestMethod]
    public void EnsureLoaded_HomeReadOnlyAndTemporaryFolderWithoutPrograms_LoadsTwoProcessesAtOnce()
    {
        using var home = SmallDisk.TryMount(64, "ro");
        using var temporary = SmallDisk.TryMount(8_192, "noexec,nosuid");
        if (home is null || temporary is null)
            Assert.Inconclusive("This user may mount nothing.");
        (string, string?)[] bare = [("HOME", home.Folder), ("XDG_DATA_HOME", null), ("TMPDIR", temporary.Folder)];
        Parallel.For(0, 2, _ => ChildProcess.Run(nameof(NativeTorchTests.EnsureLoaded_OnThisMachine_LetsTensorsWork), bare));
        Assert.IsEmpty(Directory.GetFileSystemEntries(temporary.Folder));
    }

    private static void AssertWorks(nint library)
    {
        var cosine = Marshal.GetDelegateForFunctionPointer<Function>(NativeLibrary.GetExport(library, "cos"));
        Assert.AreEqual(1, cosine(0));
    }

    private static string[] Entries() =>
    [
        .. new[] { Path.GetTempPath(), Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData) }
            .Where(Directory.Exists).SelectMany(folder => Directory.GetFileSystemEntries(folder, "nin-mlnet-*")).Order(),
    ];

    private static string WhereMathIs() => File.ReadLines("/proc/self/maps")
        .Select(line => line.Split(' ')[^1]).First(path => Path.GetFileName(path).StartsWith("libm.so", StringComparison.Ordinal));

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate double Function(double value);
}
