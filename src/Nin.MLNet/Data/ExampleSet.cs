using Microsoft.ML;
using Nin.MLNet.Network;
using Nin.MLNet.Training;

namespace Nin.MLNet.Data;

/// <summary>
/// All usable examples of a data view, read in one pass: their pixels kept in memory if they fit the budget, else only what must be
/// known of all of them, and the pixels are streamed anew each epoch.
/// </summary>
internal sealed class ExampleSet : IDisposable
{
    private readonly IDataView data;
    private readonly ExampleColumns columns;
    private readonly long budget;

    private ExampleSet(IDataView data, ExampleColumns columns, long budget)
    {
        (this.data, this.columns, this.budget) = (data, columns, budget);
        Pixels = new PixelStore(columns.Shape.Size);
        Weights = columns.Weight is null ? null : [];
    }

    public NinImageShape Shape => columns.Shape;

    /// <summary>Whether the pixels are in memory.</summary>
    public bool IsCached { get; private set; } = true;

    public PixelStore Pixels { get; }

    /// <summary>Class index of each example, from 0.</summary>
    public List<int> Classes { get; } = [];

    /// <summary>Weight of each example; null where there is no weight column.</summary>
    public List<float>? Weights { get; }

    public Normalization Normalization { get; private set; } = new([], []);

    /// <summary>Range of the values met, which noise is drawn from.</summary>
    private float NoiseFrom { get; set; } = float.PositiveInfinity;

    private float NoiseTo { get; set; } = float.NegativeInfinity;

    public long Skipped { get; private set; }

    public string ContentHash { get; } = "";

    /// <param name="data">The rows.</param>
    /// <param name="columns">Where they keep what.</param>
    /// <param name="budget">Bytes that pixels may take in memory; null: a quarter of what the process may use.</param>
    /// <param name="cacheDirectory">Folder for pixels beyond the budget; null: the system's.</param>
    /// <param name="checkAlive">Called now and then; throws to stop.</param>
    /// <exception cref="ArgumentException">No rows, no usable row, or a row that is wrong.</exception>
    public static ExampleSet Read(IDataView data, ExampleColumns columns, long? budget, string? cacheDirectory, Action checkAlive)
    {
        // What the collector calls available is the container's limit, where there is one.
        var set = new ExampleSet(data, columns, budget ?? (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4));
        try
        {
            set.Fill(checkAlive);
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>Some of the examples as a source of batches.</summary>
    public IImageSource Source(int[] rows, Augmentation augmentation)
    {
        if (IsCached)
            return new CachedImages(this, rows, augmentation);
        var belongs = new bool[Classes.Count];
        foreach (var row in rows)
            belongs[row] = true;
        // Half of the budget for the shuffle pool: the batches on their way need some too.
        var pool = (int)Math.Clamp(budget / 2 / (Shape.Size * sizeof(float)), 16, 16_384);
        return new StreamedImages(data, columns, belongs, augmentation, Noise, pool);
    }

    /// <summary>A value drawn from the range that was met.</summary>
    public float Noise(Random random) => NoiseFrom + (random.NextSingle() * (NoiseTo - NoiseFrom));

    public void Dispose() => Pixels.Dispose();

    private void Fill(Action checkAlive)
    {
        var statistics = new PixelStatistics(columns.Shape);
        using var reader = new ExampleReader(data, columns);
        while (reader.MoveNext())
        {
            if ((Classes.Count & 1023) == 0)
                checkAlive();
            Keep(reader.Pixels);
            Classes.Add(reader.Class);
            Weights?.Add(reader.Weight);
            statistics.Add(reader.Pixels);
            foreach (var value in reader.Pixels)
                (NoiseFrom, NoiseTo) = (Math.Min(NoiseFrom, value), Math.Max(NoiseTo, value));
        }

        Skipped = reader.Skipped;
        if (reader.Rows == 0)
            throw new ArgumentException("The data has no rows: expected images to train on. Check the loader's path and filters.");
        if (Classes.Count == 0)
            throw new ArgumentException($"All {reader.Rows:N0} rows were skipped: their label '{columns.Label}' is missing (key 0) or their weight is NaN. Check that the label values are those that MapValueToKey was fitted on.");
        Normalization = statistics.ToNormalization();
    }

    private void Keep(ReadOnlySpan<float> pixels)
    {
        if (!IsCached)
            return;
        Pixels.Add(pixels);
        if (Pixels.Size <= budget)
            return;
        IsCached = false;
        Pixels.Dispose();
    }
}
