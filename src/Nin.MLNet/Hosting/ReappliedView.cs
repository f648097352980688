using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Nin.MLNet.Hosting;

/// <summary>
/// A transformed view as ML.NET's own tools know one: they find its source, apply it to other data, and learn that a step of the pipeline
/// cannot be exported instead of leaving it out.
/// </summary>
internal abstract class ReappliedView(ITransformer transformer, IDataView source) : ITransformTemplate
{
    public IDataView Source { get; } = source;

    public bool CanShuffle => Source.CanShuffle;

    public abstract DataViewSchema Schema { get; }

    public long? GetRowCount() => Source.GetRowCount();

    public abstract DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null);

    public abstract DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null);

    IDataTransform ITransformTemplate.ApplyToData(IHostEnvironment env, IDataView newSource) =>
        (IDataTransform)transformer.Transform(newSource);

    void ICanSaveModel.Save(ModelSaveContext ctx) => transformer.Save(ctx);
}
