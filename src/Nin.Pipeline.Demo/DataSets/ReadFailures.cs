using System.Runtime.InteropServices;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>A file that could not be read, and why.</summary>
internal sealed record ReadFailure(string Path, string Reason);

/// <summary>
/// The files that could not be read, each once, in the order in which they were met; and how many of other kinds were left alone. Any
/// thread may add one.
/// </summary>
internal sealed class ReadFailures
{
    private readonly Lock gate = new();
    private readonly List<ReadFailure> failures = [];
    private readonly HashSet<string> paths = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> otherKinds = new(StringComparer.OrdinalIgnoreCase);

    public int Count
    {
        get
        {
            lock (gate)
                return failures.Count;
        }
    }

    public void Add(UnreadableImageException exception) => Add(new ReadFailure(exception.Path, exception.Reason));

    public void Add(ReadFailure failure)
    {
        lock (gate)
        {
            // A file is read once for each pass over the data.
            if (paths.Add(failure.Path))
                failures.Add(failure);
        }
    }

    /// <summary>Notes a file that nobody tried to read, since its name is of no kind that is read.</summary>
    public void AddOtherKind(string path)
    {
        lock (gate)
            CollectionsMarshal.GetValueRefOrAddDefault(otherKinds, Path.GetExtension(path), out _)++;
    }

    /// <summary>The kinds of such files, ".heic" or "" without a dot, with how many there are.</summary>
    public IReadOnlyDictionary<string, int> OtherKinds()
    {
        lock (gate)
            return new SortedDictionary<string, int>(otherKinds, StringComparer.Ordinal);
    }

    public IReadOnlyList<ReadFailure> ToList()
    {
        lock (gate)
            return [.. failures];
    }
}
