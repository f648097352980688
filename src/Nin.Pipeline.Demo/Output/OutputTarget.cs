namespace Nin.Pipeline.Demo.Output;

/// <summary>Where an output path leads: links are followed, and devices, pipes and standard output told from files.</summary>
internal static class OutputTarget
{
    /// <summary>As many as Linux follows.</summary>
    private const int MostLinks = 40;
    private static readonly string[] StandardOutput = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

    /// <summary>
    /// The file at the end of a path's links, also if it is yet to be made; the full path if it is no link. Links below /dev and /proc are
    /// not followed: they stand for what the process has open.
    /// </summary>
    /// <exception cref="OutputException">No file can be written there.</exception>
    public static string Of(string path)
    {
        var target = Path.GetFullPath(path);
        for (var links = 0; !IsDevice(target) && new FileInfo(target).LinkTarget is { } next; links++)
        {
            if (links == MostLinks)
                throw Refused(path, "Its links form a circle.");
            target = Path.GetFullPath(next, Path.GetDirectoryName(target)!);
        }

        if (Directory.Exists(target) || Path.EndsInDirectorySeparator(target))
            throw Refused(path, "It is a folder.");
        if (!IsDevice(target) || StandardOutput.Contains(target))
            return target;
        if (!File.Exists(target))
            throw Refused(path, "There is no such device.");
        // Written from its beginning, the file would lose what it has, and replaced, what is written to it later.
        if (File.ResolveLinkTarget(target, returnFinalTarget: true) is { Exists: true, FullName: var open } && !IsDevice(open))
            throw Refused(path, $"It stands for the open file {open}.");
        return target;
    }

    /// <summary>Whether a path is one of the names of standard output.</summary>
    /// <inheritdoc cref="Of"/>
    public static bool IsStandardOutput(string path) => StandardOutput.Contains(Of(path));

    /// <summary>Whether what is written may appear on the terminal.</summary>
    /// <param name="path">An output path; null: standard output.</param>
    /// <inheritdoc cref="Of"/>
    public static bool IsTerminal(string? path) => path is null ? !Console.IsOutputRedirected : IsDevice(Of(path));

    /// <summary>Whether a path lies where there are no files; those in /dev/shm, a disk in memory, are files.</summary>
    /// <param name="target">Returned by <see cref="Of"/>.</param>
    public static bool IsDevice(string target) =>
        target.StartsWith("/proc/", StringComparison.Ordinal) ||
        (target.StartsWith("/dev/", StringComparison.Ordinal) && !target.StartsWith("/dev/shm/", StringComparison.Ordinal));

    /// <summary>Opens a device, a pipe or standard output to be written straight to; null if there is a regular file or none.</summary>
    /// <param name="target">Returned by <see cref="Of"/>.</param>
    public static Stream? OpenDevice(string target)
    {
        if (StandardOutput.Contains(target))
            return Console.OpenStandardOutput();
        // A named pipe seems an empty file until it is open.
        if (!IsDevice(target) && new FileInfo(target) is not { Exists: true, Length: 0 })
            return null;
        var file = new FileStream(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        if (IsDevice(target) || !file.CanSeek)
            return file;
        file.Dispose();
        return null;
    }

    private static OutputException Refused(string path, string reason) =>
        OutputException.For(Path.GetFullPath(path), new IOException(reason));
}
