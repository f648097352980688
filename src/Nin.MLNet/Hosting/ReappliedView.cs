using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;

namespace Nin.MLNet.Hosting;

/// <summary>
/// A transformed view that ML.NET's own tools recognise: they find its source, apply it to other data, and export it to ONNX or learn that
/// this is not possible.
/// </summary>
internal abstract class ReappliedView(ITransformer transformer, IDataView source)
    : ITransformTemplate, ITransformCanSaveOnnx
{
    public IDataView Source { get; } = source;

    public bool CanShuffle => Source.CanShuffle;

    public abstract DataViewSchema Schema { get; }

    public long? GetRowCount() => Source.GetRowCount();

    /// <summary>The source's columns that some of the view's are made of.</summary>
    protected abstract IEnumerable<DataViewSchema.Column> Dependencies(IEnumerable<DataViewSchema.Column> columns);

    public abstract DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null);

    public abstract DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null);

    IDataTransform ITransformTemplate.ApplyToData(IHostEnvironment env, IDataView newSource) =>
        (IDataTransform)transformer.Transform(newSource);

    /// <exception cref="InvalidOperationException">The features cannot be computed in ONNX.</exception>
    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => transformer is NinTransformer network
        && (BringsFeatures(network, ctx) ? true : throw network.NoFeaturesInOnnx());

    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx) => ((NinTransformer)transformer).SaveAsOnnx(new OnnxGraph(ctx), Schema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => transformer.Save(ctx);

    /// <summary>
    /// The converter walks back to the last step that cannot be exported, and takes the columns of the original source for those of that
    /// step. So what the features are made of must be among them, and none of these steps may have created it anew. ONNX has no images,
    /// only their pixels.
    /// </summary>
    private bool BringsFeatures(NinTransformer network, OnnxContext ctx)
    {
        if (network.Model.ImageLayout.IsImage)
            return false;
        var source = Source;
        DataViewSchema.Column[] needed = [source.Schema[network.FeatureColumnName]];
        for (; source is ITransformCanSaveOnnx able && able.CanSaveOnnx(ctx); source = able.Source)
            needed = [.. DependenciesOf(able, needed)];
        if (source is not IDataTransform)
            return true;
        string[] names = [.. needed.Select(column => column.Name).Distinct()];
        for (; source is IDataTransform step; source = step.Source)
        {
            if (names.Any(name => CountOf(name, step) > CountOf(name, step.Source)))
                return false;
        }

        return names.All(name => source.Schema.GetColumnOrNull(name) is not null);

        static IEnumerable<DataViewSchema.Column> DependenciesOf(IDataView step, DataViewSchema.Column[] columns) => step switch
        {
            ReappliedView network => network.Dependencies(columns),
            IRowToRowMapper mapper => mapper.GetDependencies(columns),
            _ => columns,
        };

        // A column that is created anew hides the earlier one of its name.
        static int CountOf(string name, IDataView view) => view.Schema.Count(column => column.Name == name);
    }
}
