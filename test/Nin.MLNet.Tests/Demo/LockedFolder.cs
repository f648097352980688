using System.Runtime.InteropServices;

namespace Nin.MLNet.Tests.Demo;

/// <summary>
/// A folder that keeps this user out until it is disposed, on the thread that locked it. Root enters every folder by two capabilities of a
/// thread (Linux), so for that long the thread goes without them.
/// </summary>
internal sealed partial class LockedFolder : IDisposable
{
    /// <summary>CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH.</summary>
    private const uint OfRoot = 0b110;
    private readonly string path;

    private LockedFolder(string path, UnixFileMode left)
    {
        this.path = path;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, left);
        Change((effective, _) => effective & ~OfRoot);
    }

    /// <summary>Locks a folder; ends the test as inconclusive where that does not keep this user out.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="left">What may still be done there; writing may not.</param>
    public static LockedFolder OrSkip(string path, UnixFileMode left = UnixFileMode.None)
    {
        var locked = new LockedFolder(path, left);
        var file = Path.Combine(path, "writable");
        try
        {
            File.WriteAllBytes(file, []);
        }
        catch (UnauthorizedAccessException)
        {
            return locked;
        }

        File.Delete(file);
        locked.Dispose();
        Assert.Inconclusive("This user may enter every folder.");
        return locked;
    }

    public void Dispose()
    {
        Change((effective, permitted) => effective | (permitted & OfRoot));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void Change(Func<uint, uint, uint> effectiveOfEffectiveAndPermitted)
    {
        if (!OperatingSystem.IsLinux())
            return;
        // Version 3 of the interface, and this thread; then the effective, permitted and inheritable capabilities, 0 to 31 and 32 to 63.
        uint[] header = [0x20080522, 0], sets = new uint[6];
        _ = GetCapabilities(ref header[0], ref sets[0]);
        sets[0] = effectiveOfEffectiveAndPermitted(sets[0], sets[1]);
        _ = SetCapabilities(ref header[0], ref sets[0]);
    }

    [LibraryImport("libc", EntryPoint = "capget")]
    private static partial int GetCapabilities(ref uint header, ref uint sets);

    [LibraryImport("libc", EntryPoint = "capset")]
    private static partial int SetCapabilities(ref uint header, ref uint sets);
}
