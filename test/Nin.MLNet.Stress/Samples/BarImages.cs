using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Stress.Samples;

/// <summary>Small images that a network learns in seconds, with key labels: the position of a bright bar gives the class.</summary>
internal static class BarImages
{
    private const int Side = 12, Classes = 3;

    public static IDataView Of(MLContext context, int count, int seed = 1, int side = Side, int classes = Classes)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, side * side);
        var data = context.Data.LoadFromEnumerable(Rows(count, seed, side, classes), schema);
        return context.Transforms.Conversion.MapValueToKey("Label", maximumNumberOfKeys: classes).Fit(data).Transform(data);
    }

    public static IEnumerable<Row> Rows(int count, int seed, int side = Side, int classes = Classes)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var image = new float[side * side];
            var from = i % classes * side / classes;
            for (var j = 0; j < image.Length; j++)
                image[j] = random.Next(60) + (j / side >= from && j / side < from + 2 ? 180 : 0);
            yield return new Row { Label = $"class {i % classes}", Features = image };
        }
    }

    public sealed class Row
    {
        public string Label { get; set; } = "";

        [VectorType(Side * Side)]
        public float[] Features { get; set; } = [];
    }
}
