namespace Nin.Pipeline.Demo.DataSets;

/// <summary>One file cannot be read as an image; the others may be.</summary>
internal sealed class UnreadableImageException(string path, string reason, Exception? inner = null)
    : Exception($"{path}: {reason}", inner)
{
    public string Path { get; } = path;

    /// <summary>What is wrong with it, in words.</summary>
    public string Reason { get; } = reason;
}
