using System.Globalization;
using Microsoft.ML;

namespace Nin.BatchScoring;

/// <summary>
/// Applies a model zip to a folder: rows are read, scored in batches and written one after the other, however many there are.
/// </summary>
public static class BatchScoring
{
    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".bmp", ".webp"];

    /// <summary>Writes path, class and probability of each image as CSV, ordered by path.</summary>
    /// <param name="zip">A model whose pipeline takes a column "Path".</param>
    /// <param name="folder">Searched with all its sub-folders.</param>
    /// <param name="output">Receives the lines.</param>
    /// <returns>The number of images.</returns>
    public static int Run(string zip, string folder, TextWriter output)
    {
        var context = new MLContext();
        var model = context.Model.Load(zip, out _);
        var paths = Directory.EnumerateFiles(folder, "*.*", SearchOption.AllDirectories)
            .Where(path => Endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)
            // The pipeline may have a folder of its own, from which paths that are not whole ones count.
            .Select(path => new ImagePath { Path = Path.GetFullPath(path), Given = path });
        var scored = model.Transform(context.Data.LoadFromEnumerable(paths));

        var rows = 0;
        output.WriteLine("path,label,probability");
        foreach (var row in context.Data.CreateEnumerable<ScoredPath>(scored, reuseRowObject: true))
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{Quoted(row.Given)},{Quoted(row.PredictedLabel)},{row.Score.Max():0.0000}"));
            rows++;
        }

        return rows;
    }

    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
