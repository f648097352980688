using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Nin.Pipeline.Demo.Output;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>
/// The finished chunks of a prediction, kept in a folder beside the output until the output is written. A chunk's file name is derived from
/// everything that determines its content, so a part from another model, list or image is never used.
/// </summary>
internal sealed class PredictionParts(string output)
{
    private const string Extension = ".part", Unfinished = ".tmp";
    private readonly string folder = Path.GetFullPath(output) + ".parts";

    /// <summary>Whether a prediction to the same file was started but not finished.</summary>
    public bool Exist => Directory.Exists(folder);

    /// <summary>Hash of everything that the scores depend on besides the images.</summary>
    /// <param name="model">File of the model.</param>
    /// <param name="form">What is written for each score.</param>
    public static string Identity(string model, string form)
    {
        using var file = File.OpenRead(model);
        return $"{Convert.ToHexStringLower(SHA256.HashData(file))} {form}";
    }

    /// <summary>
    /// The name of a chunk's part: a hash of the identity and of each file's path, length and time. A link's are those of the file at its
    /// end, whose path counts, too.
    /// </summary>
    public static string NameOf(string identity, IEnumerable<string> files)
    {
        var text = new StringBuilder(identity);
        foreach (var path in files)
        {
            var content = AtEndOf(path) is { Exists: true } file ? (file.FullName, file.Length, file.LastWriteTimeUtc.Ticks) : ("", -1, 0);
            text.Append(CultureInfo.InvariantCulture, $"\0{path}\0{content.Item1}\0{content.Item2}\0{content.Item3}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>The names of the finished parts, including those of other predictions.</summary>
    public HashSet<string> Finished()
    {
        WholeFile.PrepareFolder(folder);
        // List the folder instead of checking each file: a network file system may cache for a while that a file did not exist.
        return [.. Directory.EnumerateFiles(folder, "*" + Extension).Select(file => Path.GetFileNameWithoutExtension(file))];
    }

    public void Write(string name, PredictedChunk chunk) => WholeFile.WriteText(PathOf(name), text => text.Write(Json.WriteLine(chunk)));

    public PredictedChunk Read(string name) => Json.Read<PredictedChunk>(File.ReadAllText(PathOf(name)));

    /// <summary>Removes the parts, and their folder if nothing else is in it.</summary>
    public void Remove()
    {
        foreach (var file in Directory.EnumerateFiles(folder).Where(file => Path.GetExtension(file) is Extension or Unfinished).ToList())
            File.Delete(file);
        if (!Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
    }

    /// <summary>Null for links that form a circle.</summary>
    private static FileInfo? AtEndOf(string path)
    {
        var file = new FileInfo(path);
        try
        {
            return file.LinkTarget is null ? file : (FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private string PathOf(string name) => Path.Combine(folder, name + Extension);
}
