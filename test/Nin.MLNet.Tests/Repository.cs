namespace Nin.MLNet.Tests;

/// <summary>Where the sources of this build are.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    // Searches upwards from the compiled program, since a deterministic build does not record where it was built.
    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "NinMLNet.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("NinMLNet.sln was not found above the tests.");
    }
}
