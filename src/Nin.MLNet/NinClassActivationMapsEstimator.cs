using Microsoft.ML;
using Nin.MLNet.Data;
using Nin.MLNet.Hosting;

namespace Nin.MLNet;

/// <summary>
/// Adds class activation maps to data. Made by <c>mlContext.Transforms.CalculateClassActivationMaps(...)</c>; learns nothing.
/// </summary>
public sealed class NinClassActivationMapsEstimator : IEstimator<NinClassActivationMapsTransformer>
{
    private readonly NinClassActivationMapsTransformer transformer;

    internal NinClassActivationMapsEstimator(NinClassActivationMapsTransformer transformer) => this.transformer = transformer;

    /// <summary>Checks the columns and returns the transformer; reads no rows.</summary>
    /// <param name="input">Rows with the features column the network was trained on.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no features column of the network's type.</exception>
    public NinClassActivationMapsTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _ = transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <summary>The input's columns, then the maps.</summary>
    /// <param name="inputSchema">What is known about the columns before any data is read.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no features column of the network's type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var (network, added) = (transformer.PredictionTransformer, transformer.AddedShape());
        if (!inputSchema.TryFindColumn(network.FeatureColumnName, out var features))
            throw Refusal.Schema(
                $"The features column '{network.FeatureColumnName}' was not found. Give the maps the columns the network was trained on.");
        if (!ImageLayouts.MayAccept(network.Model.ImageLayout, features))
            throw Refusal.Schema(
                $"Schema mismatch for features column '{features.Name}': expected {network.FeatureColumnType}, got " +
                $"{SchemaShapes.TypeOf(features)}. Give the maps the column the network was trained on.");
        return new SchemaShape([.. inputSchema.Where(column => column.Name != added.Name), added]);
    }
}
