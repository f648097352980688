using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;

namespace Nin.MLNet.Tests.Packages;

/// <summary>
/// A project must reference directly every package it uses: the version of a transitive package may differ in a program that
/// references the project.
/// </summary>
[TestClass]
public sealed class DirectReferencesTests
{
    [TestMethod]
    [DataRow("Nin.MLNet")]
    [DataRow("Nin.Pipeline.Demo")]
    public void Assembly_EveryReferenceOutsideTheFramework_IsOfAPackageThatTheProjectNames(string project)
    {
        var packages = PackagesByAssembly(project);
        var named = ProjectFile.Read($"src/{project}/{project}.csproj").Packages.Select(package => package.Name).ToArray();
        var references = ReferencesOf(project)
            .Where(name => !IsOfTheFramework(name) && !name.StartsWith("Nin.MLNet", StringComparison.Ordinal)).ToArray();

        Assert.IsNotEmpty(references);
        var missing = references.Where(reference => !named.Contains(packages.GetValueOrDefault(reference)));
        Assert.IsEmpty(missing, $"Used and not referenced: {string.Join(", ", missing)}");
    }

    private static IEnumerable<string> ReferencesOf(string project)
    {
        using var image = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, project + ".dll")));
        var metadata = image.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }

    private static bool IsOfTheFramework(string assembly) =>
        File.Exists(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, assembly + ".dll"));

    /// <summary>The package that each assembly comes from, as restore recorded it.</summary>
    private static Dictionary<string, string> PackagesByAssembly(string project)
    {
        var restored = Path.Combine(Repository.Root, "src", project, "obj", "project.assets.json");
        using var assets = JsonDocument.Parse(File.ReadAllText(restored));
        var packages = new Dictionary<string, string>();
        foreach (var library in assets.RootElement.GetProperty("targets").GetProperty("net10.0").EnumerateObject())
        {
            if (!library.Value.TryGetProperty("compile", out var files))
                continue;
            foreach (var file in files.EnumerateObject())
                packages[Path.GetFileNameWithoutExtension(file.Name)] = library.Name.Split('/')[0];
        }

        return packages;
    }
}
