using System.Text;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>
/// Reads CSV and TSV as RFC 4180 defines them, one record per line: a quoted field may hold the separator, and "" is a quote.
/// </summary>
internal static class DelimitedText
{
    /// <summary>The lines that are not blank, each with its number from 1.</summary>
    /// <param name="path">UTF-8 file to read. Tab-separated if its name ends in .tsv or its first line contains a tab, else
    /// comma-separated.</param>
    public static IEnumerable<(int Line, IReadOnlyList<string> Fields)> Read(string path)
    {
        char? separator = Path.GetExtension(path).Equals(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : null;
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            separator ??= line.Contains('\t', StringComparison.Ordinal) ? '\t' : ',';
            yield return (number, Split(line, separator.Value));
        }
    }

    /// <summary>Formats a field, quoted if it holds a separator, a quote or a line break.</summary>
    public static string Quote(string field) =>
        field.AsSpan().ContainsAny(",\"\r\n\t") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;

    private static List<string> Split(string line, char separator)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && isQuoted && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (line[i] == '"' && (isQuoted || field.Length == 0))
            {
                isQuoted = !isQuoted;
            }
            else if (line[i] == separator && !isQuoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(line[i]);
            }
        }

        fields.Add(field.ToString());
        return fields;
    }
}
