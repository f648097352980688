namespace Nin.Pipeline.Demo.DataSets;

/// <summary>
/// The images below a folder. Hidden files and folders are skipped. Links to files are followed; links to folders are not, because they may
/// lead back up, and then every image would count many times.
/// </summary>
internal static class FolderImages
{
    // The default would skip folders that may not be read, without a word.
    private static readonly EnumerationOptions Visible = new()
    {
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
        IgnoreInaccessible = false,
    };

    /// <summary>The folders directly in a folder, links included.</summary>
    public static IEnumerable<string> Folders(string folder) => Directory.EnumerateDirectories(folder, "*", Visible);

    /// <summary>The images directly in a folder.</summary>
    public static IEnumerable<string> Directly(string folder) =>
        Directory.EnumerateFiles(folder, "*", Visible).Where(ImageFile.HasImageName);

    /// <summary>The images at any depth below a folder, sorted by name.</summary>
    /// <param name="folder">Where to look; may itself be a link.</param>
    /// <param name="failures">Collects the folders that cannot be read, the links to folders and the files of other kinds.</param>
    public static IReadOnlyList<string> Below(string folder, ReadFailures failures)
    {
        var images = new List<string>();
        Collect(folder, images, failures);
        images.Sort(StringComparer.Ordinal);
        return images;
    }

    /// <summary>The exception for a folder without images below it; a link, which is not followed, may be why.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="expected">Which images it should have, in words.</param>
    /// <param name="failures">What <see cref="Below"/> collected in it.</param>
    public static InvalidDataException None(string folder, string expected, ReadFailures failures)
    {
        var full = Path.GetFullPath(folder);
        var below = Path.TrimEndingDirectorySeparator(full) + Path.DirectorySeparatorChar;
        var link = failures.LinkedFolders().FirstOrDefault(path => path.StartsWith(below, StringComparison.Ordinal));
        var found = link is null ? "none" : $"only {link}, a link, which is not followed";
        return new InvalidDataException(
            $"{full}: expected {expected} (PNG, JPEG, BMP, WebP or GIF), found {found}. Add some or leave the folder out.");
    }

    private static void Collect(string folder, List<string> images, ReadFailures failures)
    {
        foreach (var entry in Entries(folder, failures))
        {
            var path = Path.Combine(folder, entry.Name);
            if (entry is DirectoryInfo { LinkTarget: null })
                Collect(path, images, failures);
            else if (entry is DirectoryInfo)
                failures.AddLinkedFolder(Path.GetFullPath(path));
            else if (ImageFile.HasImageName(path))
                images.Add(path);
            else
                failures.AddOtherKind(path);
        }
    }

    private static FileSystemInfo[] Entries(string folder, ReadFailures failures)
    {
        try
        {
            return [.. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", Visible)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failures.Add(new ReadFailure(
                Path.GetFullPath(folder), $"this folder cannot be read, so its images are missing: {e.Message.TrimEnd('.')}"));
            return [];
        }
    }
}
