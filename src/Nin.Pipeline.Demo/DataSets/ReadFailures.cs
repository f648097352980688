using System.Runtime.InteropServices;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>A file that could not be read, and why.</summary>
internal sealed record ReadFailure(string Path, string Reason);

/// <summary>
/// The files that could not be read, each listed once in the order they were found, and the number of files of other kinds that were
/// skipped. Safe to add to from any thread.
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
            // Each pass over the data reads a file once.
            if (paths.Add(failure.Path))
                failures.Add(failure);
        }
    }

    /// <summary>Records a file that was skipped because its extension is not a supported one.</summary>
    public void AddOtherKind(string path)
    {
        lock (gate)
            CollectionsMarshal.GetValueRefOrAddDefault(otherKinds, Path.GetExtension(path), out _)++;
    }

    /// <summary>The extensions of such files (such as ".heic", or "" if there is none) with the number of each.</summary>
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
