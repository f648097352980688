using Microsoft.ML;
using Nin.MLNet.Modules;

namespace Nin.MLNet.Data;

/// <summary>All usable examples of a data view, read in one pass.</summary>
internal sealed class ExampleSet : IDisposable
{
    private ExampleSet(NinImageShape shape)
    {
        Shape = shape;
        Pixels = new PixelStore(shape.Size);
    }

    public NinImageShape Shape { get; }

    public PixelStore Pixels { get; }

    /// <summary>Class index of each example, from 0.</summary>
    public List<int> Classes { get; } = [];

    /// <summary>Weight of each example; null where there is no weight column.</summary>
    public List<float>? Weights { get; private init; }

    public Normalization Normalization { get; private set; } = new([], []);

    /// <summary>Range of the values met, which noise is drawn from.</summary>
    public float NoiseFrom { get; private set; } = float.PositiveInfinity;

    public float NoiseTo { get; private set; } = float.NegativeInfinity;

    public long Skipped { get; private set; }

    /// <exception cref="ArgumentException">No rows, no usable row, or a row that is wrong.</exception>
    public static ExampleSet Read(IDataView data, ExampleColumns columns, Action checkAlive)
    {
        var set = new ExampleSet(columns.Shape) { Weights = columns.Weight is null ? null : [] };
        try
        {
            set.Fill(data, columns, checkAlive);
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    public void Dispose() => Pixels.Dispose();

    private void Fill(IDataView data, ExampleColumns columns, Action checkAlive)
    {
        var statistics = new PixelStatistics(columns.Shape);
        using var reader = new ExampleReader(data, columns);
        while (reader.MoveNext())
        {
            if ((Classes.Count & 1023) == 0)
                checkAlive();
            Pixels.Add(reader.Pixels);
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
}
