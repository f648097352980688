using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Hosting;

/// <summary>The columns that a cursor is asked for, checked as in ML.NET's own views.</summary>
internal static class CursorColumns
{
    /// <exception cref="InvalidOperationException">A column belongs to another schema.</exception>
    public static HashSet<int> IndicesOf(IEnumerable<DataViewSchema.Column> columns, DataViewSchema schema)
    {
        var wanted = RowCursorUtils.FromColumnsToPredicate(columns, schema);
        return [.. schema.Select(column => column.Index).Where(wanted)];
    }
}
