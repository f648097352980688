using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Contract;

/// <summary>Passes a view through and counts what is done to it.</summary>
internal sealed class WatchedView(IDataView source) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => source.Schema;

    /// <summary>Rows that cursors moved to.</summary>
    public int RowsRead { get; private set; }

    public int CursorsOpened { get; private set; }

    public int CursorsDisposed { get; private set; }

    /// <summary>Index of a row that cannot be read, counted from 0.</summary>
    public int? BrokenRow { get; init; }

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        CursorsOpened++;
        return new Cursor(this, source.GetRowCursor(columnsNeeded, rand));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(WatchedView view, DataViewRowCursor input) : DataViewRowCursor
    {
        private bool isDisposed;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override DataViewSchema Schema => input.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool MoveNext()
        {
            if (!input.MoveNext())
                return false;
            view.RowsRead++;
            return true;
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            var getter = input.GetGetter<TValue>(column);
            return (ref TValue value) =>
            {
                if (input.Position == view.BrokenRow)
                    throw new IOException($"row {input.Position} is broken");
                getter(ref value);
            };
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !isDisposed)
            {
                isDisposed = true;
                view.CursorsDisposed++;
                input.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
