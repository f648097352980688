using System.Globalization;
using Microsoft.ML;
using Nin.MLNet;

namespace Nin.BatchScoring;

/// <summary>A model zip over a folder: rows are read, scored in batches and written one after the other, however many there are.</summary>
public static class BatchScoring
{
    /// <summary>Writes path, class and probability of each image as CSV.</summary>
    /// <param name="zip">A model of a pipeline that takes a column "Path".</param>
    /// <param name="folder">Searched with all its sub-folders.</param>
    /// <param name="output">Takes the lines.</param>
    /// <returns>How many images there were.</returns>
    public static int Run(string zip, string folder, TextWriter output)
    {
        // A program that names no type of the library has to load it: ML.NET looks for the trainer's class by name.
        _ = typeof(NinTransformer);
        var context = new MLContext();
        var model = context.Model.Load(zip, out _);
        var paths = Directory.EnumerateFiles(folder, "*.*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => new ImagePath { Path = path });
        var scored = model.Transform(context.Data.LoadFromEnumerable(paths));

        var rows = 0;
        output.WriteLine("path,label,probability");
        foreach (var row in context.Data.CreateEnumerable<ScoredPath>(scored, reuseRowObject: true))
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{Quoted(row.Path)},{Quoted(row.PredictedLabel)},{row.Score.Max():0.0000}"));
            rows++;
        }

        return rows;
    }

    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
