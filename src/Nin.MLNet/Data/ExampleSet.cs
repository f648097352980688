using System.Globalization;
using Microsoft.ML;
using Nin.MLNet.Hosting;
using Nin.MLNet.Network;
using Nin.MLNet.Training;

namespace Nin.MLNet.Data;

/// <summary>
/// All usable examples of a data view, or of a rank's share of it, read once and in one pass. A training draws its batches from here in
/// any order, whether or not the pixels fit into memory.
/// </summary>
internal sealed class ExampleSet : IDisposable
{
    private readonly ExampleColumns columns;
    private readonly Shard shard;
    private readonly PixelStatistics statistics;
    private readonly ContentHash hash;

    private ExampleSet(ExampleColumns columns, PixelStore pixels, Shard shard)
    {
        (this.columns, Pixels, this.shard, statistics) = (columns, pixels, shard, new PixelStatistics(columns.Shape));
        hash = new ContentHash(columns.Shape, columns.Classes);
        Weights = columns.Weight is null ? null : [];
        Rows = shard.Count == 1 ? null : [];
    }

    public NinImageShape Shape => columns.Shape;

    public PixelStore Pixels { get; }

    /// <summary>Class index of each example, from 0.</summary>
    public List<int> Classes { get; } = [];

    /// <summary>Weight of each example; null if there is no weight column.</summary>
    public List<float>? Weights { get; }

    /// <summary>Number of each example's row in the data, from 0; null if all rows are read.</summary>
    public List<long>? Rows { get; }

    public Normalization Normalization { get; private set; } = new([], []);

    /// <summary>
    /// Hash of shape, number of classes, and each example's pixels, class, weight and row: 64 hexadecimal digits. The same in memory and on
    /// disk and, once shared, for any number of ranks.
    /// </summary>
    public string ContentHash => hash.ToHex();

    /// <summary>Rows gone through, those of other ranks included.</summary>
    public long RowsOfAll { get; private set; }

    /// <summary>Rows that were not learnt from.</summary>
    public SkippedRows Skipped { get; private set; } = new();

    /// <param name="data">The rows.</param>
    /// <param name="columns">The columns that hold the examples.</param>
    /// <param name="budget">Bytes that pixels may take in memory; null: a quarter of what the process may use, divided by the
    /// number of ranks.</param>
    /// <param name="cacheDirectory">Folder of the temporary file that takes the pixels beyond the budget; null: the system's
    /// folder for such files.</param>
    /// <param name="checkAlive">Called before the first row, and between rows about every 50 ms; throws to stop.</param>
    /// <param name="share">Which rows to read; null: all.</param>
    /// <exception cref="InvalidOperationException">There are no rows, or no usable row.</exception>
    /// <exception cref="ArgumentException">A row is invalid, or the folder does not exist.</exception>
    /// <exception cref="IOException">The temporary file cannot be written.</exception>
    public static ExampleSet Read(
        IDataView data, ExampleColumns columns, long? budget, string? cacheDirectory, Action checkAlive, Shard? share = null)
    {
        if (cacheDirectory is not null && !Directory.Exists(cacheDirectory))
            throw Refusal.Option(nameof(NinTrainer.Options.CacheDirectory),
                $"Options.CacheDirectory is '{cacheDirectory}', which is not a folder: create it, or leave the option null for the " +
                "system's folder for temporary files.");
        // The memory that the garbage collector calls available respects the container's limit, if there is one.
        var shard = share ?? Shard.Whole;
        // Ranks may share a machine.
        var inMemory = budget ?? (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 / shard.Count);
        var expected = (data.GetRowCount() + shard.Count - 1) / shard.Count;
        var set = new ExampleSet(
            columns, new PixelStore(columns.Shape.Size, inMemory, cacheDirectory ?? Path.GetTempPath(), expected), shard);
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
    /// <param name="rows">Indices of the examples.</param>
    /// <param name="augmentation">The augmentation applied to them.</param>
    /// <param name="sizes">How many such examples all ranks have; null: there are no other ranks.</param>
    public IImageSource Source(int[] rows, Augmentation augmentation, ShardSizes? sizes = null) =>
        new CachedImages(this, rows, augmentation, sizes ?? new(rows.Length, rows.Length));

    /// <summary>Makes the figures for the whole set the same on all ranks; every rank calls it.</summary>
    public void Share(Replicas replicas)
    {
        if (!replicas.AreMany)
            return;
        statistics.Share(replicas);
        Normalization = statistics.ToNormalization();
        Skipped.Share(replicas);
        hash.Share(replicas);
    }

    public void Dispose()
    {
        Pixels.Dispose();
        hash.Dispose();
    }

    private void Fill(IDataView data, Action checkAlive)
    {
        using var reader = new ExampleReader(data, columns, checkAlive, shard);
        while (reader.MoveNext())
        {
            if (Classes.Count == Array.MaxLength)
                throw Refusal.Row(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The data has more than {Array.MaxLength:N0} usable rows: train on fewer (mlContext.Data.TakeRows)."));
            hash.Add(reader.Row, Pixels.Add(reader.Pixels), reader.Class, reader.Weight);
            Rows?.Add(reader.Row);
            Classes.Add(reader.Class);
            Weights?.Add(reader.Weight);
            statistics.Add(reader.Pixels);
        }

        (Skipped, RowsOfAll) = (reader.Skipped, reader.Row + 1);
        if (reader.Rows == 0 && shard.Count > 1)
            throw Refusal.NoRows(string.Create(
                CultureInfo.InvariantCulture,
                $"Rank {shard.Rank} of {shard.Count} has no row: every {shard.Count}th is its own, and the data has too few. Start fewer " +
                $"ranks."));
        if (reader.Rows == 0)
            throw Refusal.NoRows("The data has no rows: expected images. Check the loader's path and filters.");
        if (Classes.Count == 0)
            throw Refusal.NoRows(string.Create(
                CultureInfo.InvariantCulture,
                $"All {reader.Rows:N0} rows were skipped: {Skipped}.{WayOut()}"));
        Pixels.Complete();
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
        if (Skipped.WithoutImage > 0)
            ways.Add($"Give at least one row an image in '{columns.Features}'.");
        return string.Concat(ways.Select(way => " " + way));
    }
}
