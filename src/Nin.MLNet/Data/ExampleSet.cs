using System.Globalization;
using Microsoft.ML;
using Nin.MLNet.Hosting;
using Nin.MLNet.Network;
using Nin.MLNet.Training;

namespace Nin.MLNet.Data;

/// <summary>
/// All usable examples of a data view, which is read once and in one pass: a training draws its batches from here, in any order,
/// whether the pixels fit into memory or not.
/// </summary>
internal sealed class ExampleSet : IDisposable
{
    private readonly ExampleColumns columns;

    private ExampleSet(ExampleColumns columns, PixelStore pixels)
    {
        (this.columns, Pixels) = (columns, pixels);
        Weights = columns.Weight is null ? null : [];
    }

    public NinImageShape Shape => columns.Shape;

    public PixelStore Pixels { get; }

    /// <summary>Class index of each example, from 0.</summary>
    public List<int> Classes { get; } = [];

    /// <summary>Weight of each example; null where there is no weight column.</summary>
    public List<float>? Weights { get; }

    public Normalization Normalization { get; private set; } = new([], []);

    /// <summary>
    /// SHA-256 of shape, number of classes, and each example's pixels, class and weight, in order: 64 hexadecimal digits. The same
    /// in memory and on disk.
    /// </summary>
    public string ContentHash { get; private set; } = "";

    /// <summary>Rows that were not learnt from.</summary>
    public SkippedRows Skipped { get; private set; } = new();

    /// <summary>Range of the values found, which noise is drawn from.</summary>
    private float NoiseFrom { get; set; } = float.PositiveInfinity;

    private float NoiseTo { get; set; } = float.NegativeInfinity;

    /// <param name="data">The rows.</param>
    /// <param name="columns">Where they keep what.</param>
    /// <param name="budget">Bytes that pixels may take in memory; null: a quarter of what the process may use.</param>
    /// <param name="cacheDirectory">Folder of the temporary file that takes the pixels beyond the budget; null: the system's
    /// folder for such files.</param>
    /// <param name="checkAlive">Called before the first row, and between rows about every 50 ms; throws to stop.</param>
    /// <exception cref="InvalidOperationException">No rows, or no usable row.</exception>
    /// <exception cref="ArgumentException">A row that is wrong, or a folder that does not exist.</exception>
    /// <exception cref="IOException">The temporary file cannot be written.</exception>
    public static ExampleSet Read(IDataView data, ExampleColumns columns, long? budget, string? cacheDirectory, Action checkAlive)
    {
        if (cacheDirectory is not null && !Directory.Exists(cacheDirectory))
            throw Refusal.Option(nameof(NinTrainer.Options.CacheDirectory),
                $"Options.CacheDirectory is '{cacheDirectory}', which is no folder: create it, or leave the option null for the " +
                "system's folder for temporary files.");
        // What the collector calls available is the container's limit, where there is one.
        var inMemory = budget ?? (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);
        var set = new ExampleSet(
            columns, new PixelStore(columns.Shape.Size, inMemory, cacheDirectory ?? Path.GetTempPath(), data.GetRowCount()));
        try
        {
            set.Fill(data, checkAlive);
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>Some of the examples as a source of batches.</summary>
    public IImageSource Source(int[] rows, Augmentation augmentation) => new CachedImages(this, rows, augmentation);

    /// <summary>A value drawn from the range that was found.</summary>
    public float Noise(Random random) => NoiseFrom + (random.NextSingle() * (NoiseTo - NoiseFrom));

    public void Dispose() => Pixels.Dispose();

    private void Fill(IDataView data, Action checkAlive)
    {
        var statistics = new PixelStatistics(Shape);
        using var hash = new ContentHash(Shape, columns.Classes);
        using var reader = new ExampleReader(data, columns, checkAlive);
        while (reader.MoveNext())
        {
            if (Classes.Count == Array.MaxLength)
                throw Refusal.Row(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The data has more than {Array.MaxLength:N0} usable rows: train on fewer (mlContext.Data.TakeRows)."));
            hash.Add(Pixels.Add(reader.Pixels), reader.Class, reader.Weight);
            Classes.Add(reader.Class);
            Weights?.Add(reader.Weight);
            statistics.Add(reader.Pixels);
            foreach (var value in reader.Pixels)
                (NoiseFrom, NoiseTo) = (Math.Min(NoiseFrom, value), Math.Max(NoiseTo, value));
        }

        Skipped = reader.Skipped;
        if (reader.Rows == 0)
            throw Refusal.NoRows("The data has no rows: expected images to train on. Check the loader's path and filters.");
        if (Classes.Count == 0)
            throw Refusal.NoRows(string.Create(
                CultureInfo.InvariantCulture,
                $"All {reader.Rows:N0} rows were skipped: {Skipped}.{WayOut()}"));
        Pixels.Complete();
        ContentHash = hash.ToHex();
        Normalization = statistics.ToNormalization();
    }

    private string WayOut()
    {
        List<string> ways = [];
        if (Skipped.WithoutLabel > 0)
            ways.Add($"Check that the values of '{columns.Label}' are those that MapValueToKey was fitted on.");
        if (Skipped.BadWeight + Skipped.WeightOfZero > 0)
            ways.Add($"Give at least one row a finite weight above 0 in '{columns.Weight}'.");
        if (Skipped.BadPixels > 0)
            ways.Add($"Replace missing values of '{columns.Features}' (ReplaceMissingValues).");
        return string.Concat(ways.Select(way => " " + way));
    }
}
