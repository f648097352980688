using System.Diagnostics;

namespace Nin.MLNet.Tests.Training.Callbacks;

/// <summary>A file system of a few kilobytes in memory, for tests to fill.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Null if this user may not mount anything.</summary>
    /// <param name="kilobytes">Its size.</param>
    /// <param name="options">Further mount options, such as "noexec".</param>
    public static SmallDisk? TryMount(int kilobytes, string options = "rw")
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        if (Succeeds("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k,{options}", "tmpfs", folder))
            return new SmallDisk(folder);
        Directory.Delete(folder);
        return null;
    }

    /// <summary>Fills the file system.</summary>
    public void Fill()
    {
        try
        {
            using var file = new FileStream(
                Path.Combine(Folder, "filler"), FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
            while (true)
                file.Write(new byte[4_096]);
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    public void Dispose()
    {
        if (Succeeds("umount", Folder))
            Directory.Delete(Folder);
    }

    private static bool Succeeds(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
