namespace Nin.MLNet.Tests.Data;

/// <summary>Finds the files in which trainings keep images.</summary>
internal static class TemporaryFiles
{
    /// <summary>
    /// Those this process has open, in the system's folder for temporary files or another folder; on Linux including unnamed ones.
    /// </summary>
    public static string[] Open(string? folder = null)
    {
        var start = Path.Combine(folder ?? Path.GetTempPath(), "nin-images-");
        IEnumerable<string> files = OperatingSystem.IsLinux()
            ? Directory.GetFiles("/proc/self/fd").Select(link => new FileInfo(link).LinkTarget ?? "")
            : Directory.GetFiles(folder ?? Path.GetTempPath());
        return [.. files.Where(file => file.StartsWith(start, StringComparison.Ordinal))];
    }
}
