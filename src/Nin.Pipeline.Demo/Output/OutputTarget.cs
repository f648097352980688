namespace Nin.Pipeline.Demo.Output;

/// <summary>Where an output path leads: links are followed, and devices and pipes told from files.</summary>
internal static class OutputTarget
{
    /// <summary>The file at the end of a path's links, also if it is yet to be made; the full path if it is no link.</summary>
    /// <exception cref="IOException">The links form a circle.</exception>
    public static string Of(string path)
    {
        var full = Path.GetFullPath(path);
        var file = new FileInfo(full);
        if (file.LinkTarget is null)
            return full;
        var target = file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        // A pipe behind a link such as /dev/stdout has no path of its own.
        return !File.Exists(target) && CanBeOpened(full) ? full : target;
    }

    /// <summary>Whether there is something without content at the path: a device, a pipe or an empty file.</summary>
    /// <param name="target">Returned by <see cref="Of"/>.</param>
    public static bool IsEmpty(string target)
    {
        var file = new FileInfo(target);
        return file.Exists && (file.LinkTarget is not null || file.Length == 0);
    }

    /// <summary>Opens a device or a pipe to be written straight to; null if there is a regular file or none.</summary>
    /// <param name="target">Returned by <see cref="Of"/>.</param>
    public static FileStream? OpenDevice(string target)
    {
        if (!IsEmpty(target))
            return null;
        var file = OpenExisting(target);
        if (!IsRegular(file))
            return file;
        file.Dispose();
        return null;
    }

    private static FileStream OpenExisting(string path) => new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);

    private static bool CanBeOpened(string path)
    {
        try
        {
            OpenExisting(path).Dispose();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>.NET does not tell the kind of a file, but only a regular one has a length that can be set. This one is empty.</summary>
    private static bool IsRegular(FileStream empty)
    {
        if (!empty.CanSeek)
            return false;
        try
        {
            empty.SetLength(0);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}
