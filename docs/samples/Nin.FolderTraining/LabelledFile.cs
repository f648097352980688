namespace Nin.FolderTraining;

/// <summary>An image file and its class.</summary>
/// <param name="Path">Path of the image.</param>
/// <param name="Label">The name of its class's folder.</param>
public sealed record LabelledFile(string Path, string Label);
