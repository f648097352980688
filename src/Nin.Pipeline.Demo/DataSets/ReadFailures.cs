using System.Runtime.InteropServices;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>A file or folder that could not be read, and why.</summary>
internal sealed record ReadFailure(string Path, string Reason);

/// <summary>
/// The files and folders that could not be read, each listed once in the order they were found, the number of files of other kinds that
/// were skipped, and the linked folders that were not followed. Safe to add to from any thread.
/// </summary>
internal sealed class ReadFailures
{
    private readonly Lock gate = new();
    private readonly List<ReadFailure> failures = [];
    private readonly HashSet<string> paths = new(StringComparer.Ordinal);
    private readonly List<string> linkedFolders = [];
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

    /// <summary>Records a link to a folder that was not followed.</summary>
    public void AddLinkedFolder(string path)
    {
        lock (gate)
            linkedFolders.Add(path);
    }

    /// <summary>The links to folders that were not followed.</summary>
    public IReadOnlyList<string> LinkedFolders()
    {
        lock (gate)
            return [.. linkedFolders];
    }

    /// <summary>The extensions of files of other kinds (such as ".heic", or "" if there is none) with the number of each.</summary>
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
