using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Data;

/// <summary>Finds the trainer's columns in a schema and says clearly what is wrong with them.</summary>
internal static class TrainingColumns
{
    /// <exception cref="ArgumentOutOfRangeException">A column is not there.</exception>
    /// <exception cref="ArgumentException">A column is of the wrong type.</exception>
    public static ExampleColumns Find(DataViewSchema schema, NinTrainer.Options options)
    {
        var features = Column(schema, options.FeatureColumnName, "features", nameof(options.FeatureColumnName));
        var label = Column(schema, options.LabelColumnName, "label", nameof(options.LabelColumnName));
        if (label.Type is not KeyDataViewType key)
            throw new ArgumentException($"Label column '{label.Name}' is of type {label.Type}: expected a key. Append mlContext.Transforms.Conversion.MapValueToKey(\"{label.Name}\") before the trainer.");
        if (key.Count < 2)
            throw new ArgumentException($"Label column '{label.Name}' has {key.Count} class(es): expected at least 2. Check that the data holds images of every class.");
        if (key.Count > int.MaxValue / 2)
            throw new ArgumentException($"Label column '{label.Name}' has {key.Count} possible keys: a classifier needs one output for each. Map the values to keys of their own (MapValueToKey).");
        if (options.ExampleWeightColumnName is { } name)
        {
            var weight = Column(schema, name, "weight", nameof(options.ExampleWeightColumnName));
            if (weight.Type != NumberDataViewType.Single)
                throw new ArgumentException($"Weight column '{name}' is of type {weight.Type}: expected Single. Append mlContext.Transforms.Conversion.ConvertType(\"{name}\") before the trainer.");
        }

        return new ExampleColumns(features.Name, label.Name, options.ExampleWeightColumnName, ImageReader.ShapeOf(features, options.ImageShape), (int)key.Count);
    }

    private static DataViewSchema.Column Column(DataViewSchema schema, string name, string role, string option) =>
        schema.GetColumnOrNull(name) ?? throw new ArgumentOutOfRangeException(
            option, $"The {role} column '{name}' was not found; the data has {string.Join(", ", schema.Where(c => !c.IsHidden).Select(c => $"'{c.Name}'"))}. Set Options.{option}.");
}
