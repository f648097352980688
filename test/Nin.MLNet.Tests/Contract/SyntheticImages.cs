using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Contract;

/// <summary>Small images that a network learns in seconds: the position of a bright bar gives the class.</summary>
internal static class SyntheticImages
{
    public const int Side = 12;

    public static IReadOnlyList<Row> Rows(int count, int classes = 3, int seed = 1)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(i => new Row
            {
                Label = $"class {i % classes}",
                Features = Image(i % classes, classes, random),
                Number = i,
            }),
        ];
    }

    /// <summary>Rows with a key label, as a trainer expects them.</summary>
    public static IDataView Keyed(MLContext context, int count, int classes = 3, int seed = 1) =>
        Keyed(context, Rows(count, classes, seed));

    public static IDataView Keyed(MLContext context, IEnumerable<Row> rows)
    {
        var data = context.Data.LoadFromEnumerable(rows);
        return context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    /// <summary>Options with which a training takes a second.</summary>
    public static NinTrainer.Options Quick() => new()
    {
        Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 8),
        NumberOfEpochs = 3,
        BatchSize = 32,
        MaxShiftPixels = 0,
        HorizontalFlip = NinTrainer.Mirroring.Off,
        Precision = NinTrainer.Precision.Float32,
        Seed = 7,
    };

    private static float[] Image(int place, int classes, Random random)
    {
        var image = new float[Side * Side];
        var from = place * Side / classes;
        for (var i = 0; i < image.Length; i++)
            image[i] = random.Next(60) + (i / Side >= from && i / Side < from + 2 ? 180 : 0);
        return image;
    }

    internal sealed class Row
    {
        public string Label { get; set; } = "";

        [VectorType(Side * Side)]
        public float[] Features { get; set; } = [];

        public float Number { get; set; }
    }
}
