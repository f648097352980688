using Microsoft.ML;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Scoring;

/// <summary>
/// The data with its scores: lazy, batched, its source opened once for each cursor, or twice where images are passed through.
/// </summary>
internal sealed class BatchedView(BoundModel model, ITransformer transformer, IDataView source) : ReappliedView(transformer, source)
{
    public override DataViewSchema Schema => model.Output;

    /// <summary>Whether a column's values must not be kept while the cursor moves on, since whoever made them disposes them.</summary>
    public static bool HasOwner(DataViewSchema.Column column) => typeof(IDisposable).IsAssignableFrom(column.Type.RawType);

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = CursorColumns.IndicesOf(columnsNeeded, Schema);
        if (!active.Any(index => index >= model.Input.Count))
            return new PassingCursor(model, active, Source.GetRowCursor(model.Input.Where(column => active.Contains(column.Index)), rand));
        var owned = model.Input.Where(column => active.Contains(column.Index) && HasOwner(column)).ToList();
        var others = Schema.Where(column => active.Contains(column.Index)).Where(column => !owned.Any(one => one.Index == column.Index));
        // Both shuffle alike.
        var seed = rand?.Next();
        var ahead = Source.GetRowCursor(model.Dependencies(others), Shuffle());
        return new BatchCursor(model, active, ahead, owned.Count == 0 ? null : Source.GetRowCursor(owned, Shuffle()));

        Random? Shuffle() => seed is { } value ? new Random(value) : null;
    }

    // One cursor: a batch is scored on every core already.
    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
