using Spectre.Console;

namespace Nin.Pipeline.Demo.Reports;

/// <summary>How all tables of the demo look.</summary>
internal static class Tables
{
    /// <summary>An empty table.</summary>
    public static Table Create() => new() { Border = TableBorder.Simple };

    /// <summary>Writes a table under a heading; a table's own title would be wrapped where the table is narrow.</summary>
    public static void Write(this IAnsiConsole console, string heading, Table table)
    {
        console.WriteLine(heading);
        console.Write(table);
    }
}
