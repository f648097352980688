using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Nin.Pipeline.Demo.Output;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>
/// The finished chunks of a prediction, in a folder beside its output until that is written. A chunk's file is named by all that decides
/// what is in it, so that one of another model, list or image is never taken.
/// </summary>
internal sealed class PredictionParts(string output)
{
    private const string Extension = ".part", Unfinished = ".tmp";
    private readonly string folder = Path.GetFullPath(output) + ".parts";

    /// <summary>Whether a prediction to the same file was begun and not ended.</summary>
    public bool Exist => Directory.Exists(folder);

    /// <summary>Hash of all that the scores depend on beside the images.</summary>
    /// <param name="model">File of the model.</param>
    /// <param name="form">What is written of a score.</param>
    public static string Identity(string model, string form)
    {
        using var file = File.OpenRead(model);
        return $"{Convert.ToHexStringLower(SHA256.HashData(file))} {form}";
    }

    /// <summary>The name of a chunk's part: a hash of the identity and of path, length and time of each file.</summary>
    public static string NameOf(string identity, IEnumerable<string> files)
    {
        var text = new StringBuilder(identity);
        foreach (var file in files.Select(path => new FileInfo(path)))
        {
            var content = file.Exists ? (file.Length, file.LastWriteTimeUtc.Ticks) : (-1, 0);
            text.Append(CultureInfo.InvariantCulture, $"\0{file}\0{content.Item1}\0{content.Item2}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>The names of the finished parts, of this prediction and of others.</summary>
    public HashSet<string> Finished()
    {
        WholeFile.PrepareFolder(folder);
        // Listed, not asked for one by one: a network's file system may remember for a while that a file was not there.
        return [.. Directory.EnumerateFiles(folder, "*" + Extension).Select(file => Path.GetFileNameWithoutExtension(file))];
    }

    public void Write(string name, PredictedChunk chunk) => WholeFile.WriteText(PathOf(name), text => text.Write(Json.WriteLine(chunk)));

    public PredictedChunk Read(string name) => Json.Read<PredictedChunk>(File.ReadAllText(PathOf(name)));

    /// <summary>Removes the parts and, if nothing else is in it, their folder.</summary>
    public void Remove()
    {
        foreach (var file in Directory.EnumerateFiles(folder).Where(file => Path.GetExtension(file) is Extension or Unfinished).ToList())
            File.Delete(file);
        if (!Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
    }

    private string PathOf(string name) => Path.Combine(folder, name + Extension);
}
