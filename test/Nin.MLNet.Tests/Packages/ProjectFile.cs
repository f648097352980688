using System.Xml.Linq;

namespace Nin.MLNet.Tests.Packages;

/// <summary>A project file or a file of MSBuild properties, as written (not evaluated).</summary>
internal sealed class ProjectFile
{
    private readonly XDocument _text;

    private ProjectFile(XDocument text) => _text = text;

    /// <summary>The packages referenced, each with its conditions.</summary>
    public IEnumerable<(string Name, string Condition)> Packages => Items("PackageReference");

    /// <summary>The packages whose version is set here.</summary>
    public IEnumerable<(string Name, string Condition)> Versions => Items("PackageVersion");

    public static ProjectFile Read(string path) => new(XDocument.Load(Path.Combine(Repository.Root, path)));

    public string? Property(string name) => Values(name).SingleOrDefault();

    /// <summary>All values that a property is set to, under any condition.</summary>
    public IEnumerable<string> Values(string property) => _text.Descendants(property).Select(element => element.Value);

    private IEnumerable<(string Name, string Condition)> Items(string kind) =>
        from item in _text.Descendants(kind)
        let conditions = item.AncestorsAndSelf().Attributes("Condition").Select(condition => condition.Value)
        select ((string?)item.Attribute("Include") ?? "", string.Join(" and ", conditions));
}
