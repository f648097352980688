namespace Nin.MLNet.Tests.Data;

/// <summary>Looks for the files that trainings keep images in.</summary>
internal static class TemporaryFiles
{
    /// <summary>
    /// Those this process has open, in the system's folder for temporary files or another; on Linux also those without a name.
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
