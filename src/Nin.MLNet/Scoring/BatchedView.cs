using Microsoft.ML;

namespace Nin.MLNet.Scoring;

/// <summary>The data with its scores: lazy, batched, its source opened once for each cursor.</summary>
internal sealed class BatchedView(BoundModel scorer, IDataView source) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => scorer.Output;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var wanted = columnsNeeded.ToList();
        return new BatchCursor(scorer, source.GetRowCursor(scorer.Dependencies(wanted), rand), [.. wanted.Select(column => column.Index)]);
    }

    // One cursor: a forward uses every core already.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];
}
