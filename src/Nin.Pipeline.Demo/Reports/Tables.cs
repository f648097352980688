using Spectre.Console;

namespace Nin.Pipeline.Demo.Reports;

/// <summary>The common style of all tables in the demo.</summary>
internal static class Tables
{
    /// <summary>An empty table.</summary>
    public static Table Create() => new() { Border = TableBorder.Simple };

    /// <summary>Writes a table under a heading. A table's own title would be wrapped if the table is narrow.</summary>
    public static void Write(this IAnsiConsole console, string heading, Table table)
    {
        console.WriteLine(heading);
        console.Write(table);
    }
}
