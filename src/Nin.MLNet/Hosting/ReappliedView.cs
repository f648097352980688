using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;

namespace Nin.MLNet.Hosting;

/// <summary>
/// A transformed view as ML.NET's own tools know one: they find its source, apply it to other data, and export it to ONNX.
/// </summary>
internal abstract class ReappliedView(NinTransformer transformer, IDataView source) : ITransformTemplate, ITransformCanSaveOnnx
{
    public IDataView Source { get; } = source;

    public bool CanShuffle => Source.CanShuffle;

    public abstract DataViewSchema Schema { get; }

    public long? GetRowCount() => Source.GetRowCount();

    public abstract DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null);

    public abstract DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null);

    IDataTransform ITransformTemplate.ApplyToData(IHostEnvironment env, IDataView newSource) =>
        (IDataTransform)transformer.Transform(newSource);

    /// <exception cref="InvalidOperationException">The features cannot be computed in ONNX.</exception>
    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => BringsFeatures(ctx) ? true : throw transformer.NoFeaturesInOnnx();

    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx) => transformer.SaveAsOnnx(new OnnxGraph(ctx), Schema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)transformer).Save(ctx);

    /// <summary>
    /// The converter walks back to the first step that cannot be exported, and from there takes the columns of the very source for those of
    /// that step: the features must be among them, and no step may have made them anew.
    /// </summary>
    private bool BringsFeatures(OnnxContext ctx)
    {
        var (source, all) = (Source, true);
        for (; source is IDataTransform step; source = step.Source)
            all &= step is ITransformCanSaveOnnx able && able.CanSaveOnnx(ctx);
        var name = transformer.FeatureColumnName;
        return all || (source.Schema.GetColumnOrNull(name) is not null && Source.Schema.Count(column => column.Name == name) == 1);
    }
}
