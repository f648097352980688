using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Data;

/// <summary>Finds the trainer's columns in a schema and checks them.</summary>
internal static class TrainingColumns
{
    private const string SameSets = "Transform both sets with the same fitted pipeline (MapValueToKey fitted on the training set alone).";

    /// <summary>Rejects errors that are visible before any data flows; used by both <c>GetOutputSchema</c> and <c>Fit</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is not there or of the wrong type.</exception>
    public static void Check(SchemaShape schema, NinTrainer.Options options)
    {
        var features = Column(schema, options.FeatureColumnName, "features", nameof(options.FeatureColumnName));
        var isVector = features.Kind != SchemaShape.Column.VectorKind.Scalar && features.ItemType == NumberDataViewType.Single;
        if (!ImageLayouts.IsImage(features) && (!isVector || features.IsKey))
            throw Refusal.Schema(
                $"Features column '{features.Name}' is of type {SchemaShapes.TypeOf(features)}: expected Vector<Single> or Image. Make " +
                "it one with mlContext.Transforms.ExtractPixels(outputColumnName: ..., inputColumnName: ...) or Concatenate.");
        if (features.Kind == SchemaShape.Column.VectorKind.VariableVector && options.ImageShape is null)
            throw ImageLayouts.UnknownLength(features.Name);
        var label = Column(schema, options.LabelColumnName, "label", nameof(options.LabelColumnName));
        if (!label.IsKey)
            throw Refusal.Schema(
                $"Label column '{label.Name}' is of type {SchemaShapes.TypeOf(label)}: expected a key. Append " +
                $"mlContext.Transforms.Conversion.MapValueToKey(\"{label.Name}\") before the trainer.");
        if (label.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw Refusal.Schema(
                $"Label column '{label.Name}' is of type {SchemaShapes.TypeOf(label)}: expected one key a row. An image has one class; " +
                "make a column of it before MapValueToKey.");
        if (options.ExampleWeightColumnName is not { } name)
            return;
        var weight = Column(schema, name, "weight", nameof(options.ExampleWeightColumnName));
        if (weight.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw Refusal.Schema($"Weight column '{name}' is of type {SchemaShapes.TypeOf(weight)}: expected Single, one weight a row.");
        if (weight.ItemType != NumberDataViewType.Single || weight.IsKey)
            throw Refusal.Schema(
                $"Weight column '{name}' is of type {SchemaShapes.TypeOf(weight)}: expected Single. Append " +
                $"mlContext.Transforms.Conversion.ConvertType(\"{name}\") before the trainer.");
    }

    /// <exception cref="ArgumentOutOfRangeException">A column is not there or of the wrong type.</exception>
    public static ExampleColumns Find(IDataView data, NinTrainer.Options options)
    {
        var classes = Classes(data.Schema, options);
        var layout = ImageLayouts.Decide(data, data.Schema[options.FeatureColumnName], options);
        return new(options.FeatureColumnName, options.LabelColumnName, options.ExampleWeightColumnName, layout, classes)
        {
            OnBadRow = options.OnBadRow,
        };
    }

    /// <summary>The same columns of a validation set, whose images and classes must be those of the training set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or its images or classes do not match.</exception>
    public static ExampleColumns FindValidation(
        DataViewSchema schema, DataViewSchema trainSchema, ExampleColumns train)
    {
        foreach (var name in new[] { train.Features, train.Label })
        {
            if (schema.GetColumnOrNull(name) is null)
                throw Refusal.Schema(
                    $"The validation set has no column '{name}'; it has {Names(schema.Where(c => !c.IsHidden).Select(c => c.Name))}. " +
                    SameSets);
        }

        if (schema[train.Label].Type is not KeyDataViewType { Count: var classes })
            throw Refusal.Schema(
                $"The validation set's label column '{train.Label}' is of type {schema[train.Label].Type}: expected a key, as in the " +
                $"training set. {SameSets}");
        var type = schema[train.Features].Type;
        if (!ImageLayouts.Accepts(train.Layout, type))
            throw Refusal.Schema(
                $"The validation set's features column '{train.Features}' is of type {type}: expected " +
                $"{ImageLayouts.TypeOf(train.Layout)}, as in the training set. {SameSets}");
        if (classes != (ulong)train.Classes)
            throw Refusal.Schema(string.Create(
                CultureInfo.InvariantCulture,
                $"The validation set's label column '{train.Label}' has {classes} classes: expected {train.Classes}, as in the " +
                $"training set. {SameSets}"));
        var (names, expected) = (LabelClasses.Of(schema[train.Label]).Names, LabelClasses.Of(trainSchema[train.Label]).Names);
        var other = Enumerable.Range(0, names.Count).FirstOrDefault(i => names[i] != expected[i], -1);
        if (other >= 0)
            throw Refusal.Schema(string.Create(
                CultureInfo.InvariantCulture,
                $"The validation set's label column '{train.Label}' calls class {other + 1} '{names[other]}': expected " +
                $"'{expected[other]}', as in the training set. {SameSets}"));
        return train with { Weight = null };
    }

    /// <summary>Checks the columns and counts the classes.</summary>
    private static int Classes(DataViewSchema schema, NinTrainer.Options options)
    {
        Check(SchemaShapes.Of(schema), options);
        var label = options.LabelColumnName;
        var count = ((KeyDataViewType)schema[label].Type).Count;
        if (count < 2)
            throw Refusal.Schema(string.Create(
                CultureInfo.InvariantCulture,
                $"Label column '{label}' has {count} class(es): expected at least 2. Check that the data holds images of every class."));
        if (count > int.MaxValue / 2)
            throw Refusal.Schema(string.Create(
                CultureInfo.InvariantCulture,
                $"Label column '{label}' has {count} possible keys: a classifier needs one output for each. Map the values to keys of " +
                $"their own (MapValueToKey)."));
        return (int)count;
    }

    private static SchemaShape.Column Column(SchemaShape schema, string name, string role, string option)
    {
        if (schema.TryFindColumn(name, out var column))
            return column;
        throw Refusal.Schema(
            $"The {role} column '{name}' was not found; the data has {Names(schema.Select(c => c.Name))}. Set Options.{option}.");
    }

    private static string Names(IEnumerable<string> columns) => string.Join(", ", columns.Select(name => $"'{name}'"));
}
