using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>
/// Lets Ctrl+C end a pass over images, which ML.NET's scoring and evaluating do not: once a stop is requested, moving to the next row
/// throws an <see cref="OperationCanceledException"/>.
/// </summary>
/// <param name="source">The rows.</param>
/// <param name="cancellation">Requests the stop.</param>
internal sealed class StoppableView(IDataView source, CancellationToken cancellation) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(source.GetRowCursor(columnsNeeded, rand), cancellation);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [.. source.GetRowCursorSet(columnsNeeded, n, rand).Select(cursor => new Cursor(cursor, cancellation))];

    /// <summary>Whether an exception means a stop; where ML.NET reads on threads of its own, it wraps what ends them.</summary>
    public static bool IsStop(Exception exception) => exception.GetBaseException() is OperationCanceledException;

    private sealed class Cursor(DataViewRowCursor rows, CancellationToken cancellation) : DataViewRowCursor
    {
        public override DataViewSchema Schema => rows.Schema;

        public override long Position => rows.Position;

        public override long Batch => rows.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => rows.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => rows.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => rows.GetIdGetter();

        public override bool MoveNext()
        {
            cancellation.ThrowIfCancellationRequested();
            return rows.MoveNext();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                rows.Dispose();
            base.Dispose(disposing);
        }
    }
}
