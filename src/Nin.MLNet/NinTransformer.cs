using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet;

/// <summary>Scores images with a trained Network in Network.</summary>
public sealed class NinTransformer : ISingleFeaturePredictionTransformer<NinModelParameters>, IDisposable
{
    internal NinTransformer() { }
    /// <inheritdoc/>
    public NinModelParameters Model => throw new NotSupportedException();
    /// <inheritdoc/>
    public string FeatureColumnName => throw new NotSupportedException();
    /// <inheritdoc/>
    public DataViewType FeatureColumnType => throw new NotSupportedException();
    bool ITransformer.IsRowToRowMapper => true;
    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => throw new NotSupportedException();
    /// <inheritdoc/>
    public IDataView Transform(IDataView input) => throw new NotSupportedException();
    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();
    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException();
    /// <inheritdoc/>
    public void Dispose() { }
}
