using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Data;

/// <summary>Finds the trainer's columns in a schema and checks them.</summary>
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
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Label column '{label.Name}' has {key.Count} class(es): expected at least 2. Check that the data holds images of every class."));
        if (key.Count > int.MaxValue / 2)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Label column '{label.Name}' has {key.Count} possible keys: a classifier needs one output for each. Map the values to keys of their own (MapValueToKey)."));
        if (options.ExampleWeightColumnName is { } name)
        {
            var weight = Column(schema, name, "weight", nameof(options.ExampleWeightColumnName));
            if (weight.Type != NumberDataViewType.Single)
                throw new ArgumentException($"Weight column '{name}' is of type {weight.Type}: expected Single. Append mlContext.Transforms.Conversion.ConvertType(\"{name}\") before the trainer.");
        }

        return new ExampleColumns(features.Name, label.Name, options.ExampleWeightColumnName, ImageReader.ShapeOf(features, options.ImageShape), (int)key.Count);
    }

    /// <summary>The same columns of a validation set, whose images and classes must be those of the training set.</summary>
    /// <exception cref="ArgumentException">A column is not there, or holds other images or other classes.</exception>
    public static ExampleColumns FindValidation(DataViewSchema schema, DataViewSchema trainSchema, ExampleColumns train, NinTrainer.Options options)
    {
        const string WayOut = "Transform both sets with the same fitted pipeline (MapValueToKey fitted on the training set alone).";
        var found = Find(schema, options.WithoutWeights());
        if (found.Shape != train.Shape)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The validation set's features column '{found.Features}' holds images of {found.Shape} (channels x height x width): expected {train.Shape}, as in the training set. {WayOut}"));
        if (found.Classes != train.Classes)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The validation set's label column '{found.Label}' has {found.Classes} classes: expected {train.Classes}, as in the training set. {WayOut}"));
        var (names, expected) = (LabelClasses.Of(schema[found.Label]).Names, LabelClasses.Of(trainSchema[train.Label]).Names);
        var other = Enumerable.Range(0, names.Count).FirstOrDefault(i => names[i] != expected[i], -1);
        if (other >= 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The validation set's label column '{found.Label}' calls class {other + 1} '{names[other]}': expected '{expected[other]}', as in the training set. {WayOut}"));
        return found;
    }

    private static DataViewSchema.Column Column(DataViewSchema schema, string name, string role, string option) =>
        schema.GetColumnOrNull(name) ?? throw new ArgumentOutOfRangeException(
            option, $"The {role} column '{name}' was not found; the data has {string.Join(", ", schema.Where(c => !c.IsHidden).Select(c => $"'{c.Name}'"))}. Set Options.{option}.");
}
