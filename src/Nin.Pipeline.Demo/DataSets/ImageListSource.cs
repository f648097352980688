using System.Globalization;
using Microsoft.ML;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>
/// A CSV or TSV file of paths and labels, one image per line, with or without a header line. Paths may be relative to the list's folder. A
/// header names the columns; they may be in any order, with others beside them. Without a header, the path comes first.
/// </summary>
internal sealed class ImageListSource(string list, FileChoices choices) : IImageSource
{
    private static readonly string[] PathHeadings = ["path", "file", "filename", "image", "imagepath"];
    private static readonly string[] LabelHeadings = ["label", "class", "category"];

    public DataSet Load(MLContext context, Portion portion)
    {
        if (!File.Exists(list))
            throw new FileNotFoundException($"{Path.GetFullPath(list)}: there is no such file.");
        return FileDataSet.Create(context, "Images of a list", list, Files(), null, choices, portion, new ReadFailures());
    }

    private List<LabelledFile> Files()
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(list))!;
        var files = new List<LabelledFile>();
        var known = new Dictionary<string, (int Line, string Label)>(StringComparer.Ordinal);
        (int Path, int Label)? columns = null;
        foreach (var (number, fields) in DelimitedText.Read(list))
        {
            if (columns is null)
            {
                columns = Heading(fields);
                if (columns is not null)
                    continue;
                columns = (0, 1);
            }

            var file = Entry(folder, number, fields, columns.Value);
            if (!known.TryAdd(file.Path, (number, file.Label)))
                throw Twice(number, fields[columns.Value.Path].Trim(), file.Label, known[file.Path]);
            files.Add(file);
        }

        if (files.Count == 0)
            throw new InvalidDataException($"{Path.GetFullPath(list)}: expected a line with path and label for each image, found none.");
        return files;
    }

    private static (int Path, int Label)? Heading(IReadOnlyList<string> fields)
    {
        var (path, label) = (Find(PathHeadings), Find(LabelHeadings));
        return path < 0 || label < 0 ? null : (path, label);

        int Find(string[] names) =>
            fields.ToList().FindIndex(field => names.Contains(field.Trim(), StringComparer.OrdinalIgnoreCase));
    }

    private LabelledFile Entry(string folder, int line, IReadOnlyList<string> fields, (int Path, int Label) columns)
    {
        if (fields.Count <= Math.Max(columns.Path, columns.Label))
            throw Bad(line, $"a path and a label, found {fields.Count} field(s)");
        var (path, label) = (fields[columns.Path].Trim(), fields[columns.Label].Trim());
        if (path.Length == 0)
            throw Bad(line, $"a path before the label, found the label '{label}' without a file");
        if (label.Length == 0)
            throw Bad(line, $"a label, found the file '{path}' without one");
        // However the line spells the path, it is drawn as the same file.
        var full = Path.GetFullPath(path, folder);
        return new LabelledFile(full, label, Path.GetRelativePath(folder, full));
    }

    // It could come into the training images and into the test images at once.
    private InvalidDataException Twice(int line, string path, string label, (int Line, string Label) first) => Bad(
        line,
        string.Create(
            CultureInfo.InvariantCulture,
            $"each file once, found '{path}' as '{label}', on line {first.Line} as '{first.Label}': leave one of the two"));

    private InvalidDataException Bad(int line, string expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFullPath(list)}: line {line}: expected {expected}."));
}
