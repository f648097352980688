namespace Nin.Pipeline.Demo.DataSets;

/// <summary>An image file and the name of its class.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Label">Name of the class.</param>
/// <param name="Name">Path within its source, the same on every machine; decides how the file is drawn.</param>
internal sealed record LabelledFile(string Path, string Label, string Name)
{
    public string Name { get; } = Name.Replace('\\', '/');
}
