using Microsoft.ML;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Scoring;

/// <summary>
/// The data with its scores: lazy and batched. Its source is opened once per cursor, or twice if images are passed through.
/// </summary>
internal sealed class BatchedView(BoundModel model, ITransformer transformer, IDataView source) : ReappliedView(transformer, source)
{
    public override DataViewSchema Schema => model.Output;

    /// <summary>Whether a column's values must not be kept when the cursor moves on, because whoever made them disposes them.</summary>
    public static bool HasOwner(DataViewSchema.Column column) => typeof(IDisposable).IsAssignableFrom(column.Type.RawType);

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = CursorColumns.IndicesOf(columnsNeeded, Schema);
        if (!active.Any(index => index >= model.Input.Count))
            return new PassingCursor(model, active, Source.GetRowCursor(model.Input.Where(column => active.Contains(column.Index)), rand));
        var owned = model.Input.Where(column => active.Contains(column.Index) && HasOwner(column)).ToList();
        var others = Schema.Where(column => active.Contains(column.Index)).Where(column => !owned.Any(one => one.Index == column.Index));
        // Both shuffle in the same order.
        var seed = rand?.Next();
        var ahead = Source.GetRowCursor(model.Dependencies(others), Shuffle());
        return new BatchCursor(model, active, ahead, owned.Count == 0 ? null : Source.GetRowCursor(owned, Shuffle()));

        Random? Shuffle() => seed is { } value ? new Random(value) : null;
    }

    // One cursor is enough: a batch is already scored on every core.
    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    protected override IEnumerable<DataViewSchema.Column> Dependencies(IEnumerable<DataViewSchema.Column> columns) =>
        model.Dependencies(columns);
}
