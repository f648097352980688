namespace Nin.Pipeline.Demo.DataSets;

/// <summary>An image file and the name of its class.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Label">Name of the class.</param>
internal sealed record LabelledFile(string Path, string Label);
