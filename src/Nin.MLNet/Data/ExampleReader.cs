using System.Globalization;
using Microsoft.ML;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Data;

/// <summary>Reads examples - image, class, weight - from a cursor and skips those that cannot be learnt from.</summary>
internal sealed class ExampleReader : IDisposable
{
    private readonly DataViewRowCursor cursor;
    private readonly ImageReader image;
    private readonly ValueGetter<ulong> key;
    private readonly ValueGetter<float>? weightGetter;
    private readonly float[] pixels;
    private readonly ExampleColumns columns;
    private readonly AliveCheck alive;
    private readonly Shard shard;
    private long next;

    /// <param name="data">The rows.</param>
    /// <param name="columns">The columns that hold the examples.</param>
    /// <param name="checkAlive">Called before the first row, and between rows about every 50 ms; throws to stop.</param>
    /// <param name="shard">Which rows to read.</param>
    public ExampleReader(IDataView data, ExampleColumns columns, Action checkAlive, Shard shard)
    {
        (this.columns, this.shard) = (columns, shard);
        alive = new AliveCheck(checkAlive);
        alive.Check();
        var (features, label) = (data.Schema[columns.Features], data.Schema[columns.Label]);
        DataViewSchema.Column[] active = columns.Weight is { } name ? [features, label, data.Schema[name]] : [features, label];
        cursor = data.GetRowCursor(active);
        image = ImageReader.Of(cursor, features, columns.Layout);
        key = KeyReader.Of(cursor, label);
        weightGetter = columns.Weight is { } weight ? cursor.GetGetter<float>(data.Schema[weight]) : null;
        pixels = new float[columns.Shape.Size];
    }

    public ReadOnlySpan<float> Pixels => pixels;

    /// <summary>Class index from 0.</summary>
    public int Class { get; private set; }

    public float Weight { get; private set; } = 1;

    /// <summary>Number of the example's row in the data, from 0.</summary>
    public long Row => next - 1;

    /// <summary>Rows of the shard read so far, including the skipped ones.</summary>
    public long Rows { get; private set; }

    /// <summary>Rows that were not learnt from.</summary>
    public SkippedRows Skipped { get; } = new();

    /// <summary>Moves to the next usable example.</summary>
    /// <exception cref="ArgumentException">
    /// A label is out of range, a vector has the wrong length, or, if the options say so, a pixel or weight cannot be learnt from.
    /// </exception>
    public bool MoveNext()
    {
        while (cursor.MoveNext())
        {
            alive.Check();
            if (!shard.Has(next++))
                continue;
            Rows++;
            if (ReadLabel() && ReadWeight() && ReadImage())
                return true;
        }

        return false;
    }

    public void Dispose() => cursor.Dispose();

    private bool ReadLabel()
    {
        ulong value = 0;
        key(ref value);
        if (value == 0)
        {
            Skipped.WithoutLabel++;
            return false;
        }

        if (value > (ulong)columns.Classes)
            throw Refusal.Row(string.Create(
                CultureInfo.InvariantCulture,
                $"Label column '{columns.Label}' holds key {value} in row {cursor.Position:N0}: its type allows 1 to " +
                $"{columns.Classes}."));
        Class = (int)value - 1;
        return true;
    }

    private bool ReadWeight()
    {
        if (weightGetter is null)
            return true;
        var weight = 1f;
        weightGetter(ref weight);
        Weight = weight;
        if (weight > 0 && float.IsFinite(weight))
            return true;
        if (weight == 0)
            Skipped.WeightOfZero++;
        else if (columns.OnBadRow == NinTrainer.BadRowAction.Throw)
            throw Refusal.Row(string.Create(
                CultureInfo.InvariantCulture,
                $"Weight column '{columns.Weight}' holds {weight} in row {cursor.Position:N0}: expected a finite value of 0 or more."));
        else
            Skipped.BadWeight++;
        return false;
    }

    private bool ReadImage()
    {
        image.Read(pixels);
        foreach (var pixel in pixels)
        {
            if (float.IsFinite(pixel))
                continue;
            if (columns.OnBadRow == NinTrainer.BadRowAction.Throw)
                throw BadImage(pixel);
            if (columns.Layout.IsImage)
                Skipped.WithoutImage++;
            else
                Skipped.BadPixels++;
            return false;
        }

        return true;
    }

    private Exception BadImage(float pixel)
    {
        var (found, wayOut) = columns.Layout.IsImage
            ? ("no image", "expected one in every row. Leave such rows out")
            : (pixel.ToString(CultureInfo.InvariantCulture),
                "expected finite values. Filter such rows (FilterRowsByMissingValues) or replace them (ReplaceMissingValues)");
        return Refusal.Row(string.Create(
            CultureInfo.InvariantCulture,
            $"Features column '{columns.Features}' holds {found} in row {cursor.Position:N0}: {wayOut}."));
    }
}
