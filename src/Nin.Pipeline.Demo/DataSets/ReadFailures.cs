namespace Nin.Pipeline.Demo.DataSets;

/// <summary>A file that could not be read, and why.</summary>
internal sealed record ReadFailure(string Path, string Reason);

/// <summary>The files that could not be read, each once, in the order in which they were met. Any thread may add one.</summary>
internal sealed class ReadFailures
{
    private readonly Lock gate = new();
    private readonly List<ReadFailure> failures = [];
    private readonly HashSet<string> paths = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (gate)
                return failures.Count;
        }
    }

    public void Add(UnreadableImageException exception)
    {
        lock (gate)
        {
            // A file is read once for each pass over the data.
            if (paths.Add(exception.Path))
                failures.Add(new ReadFailure(exception.Path, exception.Reason));
        }
    }

    public IReadOnlyList<ReadFailure> ToList()
    {
        lock (gate)
            return [.. failures];
    }
}
