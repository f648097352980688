using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Hosting;

/// <summary>The columns that a cursor is asked for, checked as ML.NET's own views do.</summary>
internal static class CursorColumns
{
    /// <exception cref="InvalidOperationException">A column of another schema.</exception>
    public static HashSet<int> IndicesOf(IEnumerable<DataViewSchema.Column> columns, DataViewSchema schema)
    {
        var wanted = RowCursorUtils.FromColumnsToPredicate(columns, schema);
        return [.. schema.Select(column => column.Index).Where(wanted)];
    }
}
