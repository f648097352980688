namespace Nin.Pipeline.Demo.DataSets;

/// <summary>A file cannot be read as an image; other files may still be readable.</summary>
internal sealed class UnreadableImageException(string path, string reason, Exception? inner = null)
    : Exception($"{path}: {reason}", inner)
{
    public string Path { get; } = path;

    /// <summary>What is wrong with the file, in words.</summary>
    public string Reason { get; } = reason;
}
