using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Stress.Samples;

/// <summary>Small images that a network learns in seconds, with their key labels: a bright bar whose place tells the class.</summary>
internal static class BarImages
{
    private const int Side = 12, Classes = 3;

    public static IDataView Of(MLContext context, int count, int seed = 1)
    {
        var data = context.Data.LoadFromEnumerable(Rows(count, seed));
        return context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private static IEnumerable<Row> Rows(int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var image = new float[Side * Side];
            var from = i % Classes * Side / Classes;
            for (var j = 0; j < image.Length; j++)
                image[j] = random.Next(60) + (j / Side >= from && j / Side < from + 2 ? 180 : 0);
            yield return new Row { Label = $"class {i % Classes}", Features = image };
        }
    }

    private sealed class Row
    {
        public string Label { get; set; } = "";

        [VectorType(Side * Side)]
        public float[] Features { get; set; } = [];
    }
}
