namespace Nin.MLNet.Tests.Demo;

/// <summary>A folder that nobody may read until it is disposed.</summary>
internal sealed class LockedFolder : IDisposable
{
    private readonly string path;

    private LockedFolder(string path) => this.path = path;

    /// <summary>Locks a folder; ends the test as inconclusive where that does not keep this user out, such as root.</summary>
    public static LockedFolder OrSkip(string path)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.None);
        var locked = new LockedFolder(path);
        try
        {
            _ = Directory.GetFiles(path);
        }
        catch (UnauthorizedAccessException)
        {
            return locked;
        }

        locked.Dispose();
        Assert.Inconclusive("This user may read every folder.");
        return locked;
    }

    public void Dispose()
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
