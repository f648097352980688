using System.Text.Json;
using System.Xml.Linq;

namespace Nin.MLNet.Tests.Packages;

/// <summary>
/// THIRD-PARTY.md lists every restored package, based on the lock files and on each package's own licence statement.
/// </summary>
[TestClass]
public sealed class ThirdPartyTests
{
    /// <summary>If set to anything, the list is rewritten.</summary>
    private const string Write = "NIN_WRITE_THIRD_PARTY";

    private const string LockFile = "packages.linux.lock.json";

    private static string FilePath => Path.Combine(Repository.Root, "THIRD-PARTY.md");

    [TestMethod]
    public void List_OfPackages_IsWhatRestoreBrings()
    {
        var rows = Rows().ToArray();
        Assert.IsGreaterThan(50, rows.Length);
        var text = File.ReadAllLines(FilePath);
        var intro = text.TakeWhile(line => !line.StartsWith('|')).ToArray();
        string[] expected = [.. intro, "| package | version | licence | used by |", "| --- | --- | --- | --- |", .. rows];
        if (Environment.GetEnvironmentVariable(Write) is { Length: > 0 })
            File.WriteAllText(FilePath, string.Join('\n', expected) + "\n");
        else
            CollectionAssert.AreEqual(expected, text, $"Write the list anew: {Write}=1, and read what came in.");
    }

    // Whoever references the library must be free to pass it on.
    [TestMethod]
    public void Licence_OfWhatTheLibraryBrings_IsPermissive()
    {
        var rows = Rows().Where(row => row.EndsWith("| library |", StringComparison.Ordinal)).ToArray();
        Assert.IsGreaterThan(10, rows.Length);
        string[] permissive = ["MIT", "Apache-2.0", "BSD-3-Clause"];
        foreach (var row in rows)
            Assert.Contains(row.Split(" | ")[2], permissive, row);
    }

    private static IEnumerable<string> Rows()
    {
        var library = PackagesOf("src/Nin.MLNet");
        var demo = PackagesOf("src/Nin.Pipeline.Demo");
        var all = Directory.GetFiles(Repository.Root, LockFile, SearchOption.AllDirectories)
            .SelectMany(file => PackagesOf(Path.GetDirectoryName(file)!));
        return all.Distinct()
            .OrderBy(package => package.Name, StringComparer.OrdinalIgnoreCase)
            .ThenBy(package => package.Version, StringComparer.Ordinal)
            .Select(package => $"| {package.Name} | {package.Version} | {LicenceOf(package)} | {UserOf(package)} |");

        // An analyzer is in the library's lock file but is not delivered with the library.
        string UserOf((string Name, string Version) package) =>
            !demo.Contains(package) ? "build and tests" : library.Contains(package) ? "library" : "demo";
    }

    private static HashSet<(string Name, string Version)> PackagesOf(string project)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, project, LockFile)));
        return
        [
            .. file.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(framework => framework.Value.EnumerateObject())
                .Where(package => package.Value.GetProperty("type").GetString() != "Project")
                .Select(package => (package.Name, package.Value.GetProperty("resolved").GetString()!)),
        ];
    }

    private static string LicenceOf((string Name, string Version) package)
    {
        var name = package.Name.ToLowerInvariant();
        var folder = Path.Combine(PackagesFolder(), name, package.Version);
        var licence = XDocument.Load(Path.Combine(folder, name + ".nuspec")).Descendants().Single(e => e.Name.LocalName == "license");
        if (licence.Attribute("type")?.Value == "expression")
            return licence.Value;
        var isMit = File.ReadAllText(Path.Combine(folder, licence.Value)).Contains(
            "Permission is hereby granted, free of charge", StringComparison.Ordinal);
        return isMit ? "MIT" : $"its own, {licence.Value} in the package";
    }

    private static string PackagesFolder()
    {
        using var assets = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(Repository.Root, "src", "Nin.MLNet", "obj", "project.assets.json")));
        return assets.RootElement.GetProperty("packageFolders").EnumerateObject().First().Name;
    }
}
