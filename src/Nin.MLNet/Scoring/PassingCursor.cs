using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Scoring;

/// <summary>Used if no score is requested: the source's rows under the schema with the scores.</summary>
internal sealed class PassingCursor(BoundModel model, HashSet<int> active, DataViewRowCursor input) : DataViewRowCursor
{
    private bool isOver;

    public override long Position => isOver ? -1 : input.Position;

    public override long Batch => input.Batch;

    public override DataViewSchema Schema => model.Output;

    public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(model.IndexOf(column));

    public override bool MoveNext()
    {
        if (isOver || input.MoveNext())
            return !isOver;
        Dispose();
        return false;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        model.Getter<TValue>(
            column, IsColumnActive(column), () => throw BoundModel.NoRow(),
            passed => input.GetGetter<TValue>(passed));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            isOver = true;
            input.Dispose();
        }

        base.Dispose(disposing);
    }
}
