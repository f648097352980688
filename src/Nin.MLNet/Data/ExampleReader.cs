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

    /// <param name="data">The rows.</param>
    /// <param name="columns">Where they keep what.</param>
    /// <param name="checkAlive">Called before the first row, and between rows about every 50 ms; throws to stop.</param>
    public ExampleReader(IDataView data, ExampleColumns columns, Action checkAlive)
    {
        this.columns = columns;
        alive = new AliveCheck(checkAlive);
        alive.Check();
        var (features, label) = (data.Schema[columns.Features], data.Schema[columns.Label]);
        DataViewSchema.Column[] active = columns.Weight is { } name ? [features, label, data.Schema[name]] : [features, label];
        cursor = data.GetRowCursor(active);
        image = new ImageReader(cursor, features, columns.Shape);
        key = KeyReader.Of(cursor, label);
        weightGetter = columns.Weight is { } weight ? cursor.GetGetter<float>(data.Schema[weight]) : null;
        pixels = new float[columns.Shape.Size];
    }

    public ReadOnlySpan<float> Pixels => pixels;

    /// <summary>Class index from 0.</summary>
    public int Class { get; private set; }

    public float Weight { get; private set; } = 1;

    /// <summary>Rows read, the skipped ones among them.</summary>
    public long Rows { get; private set; }

    /// <summary>Rows skipped for a missing label or weight.</summary>
    public long Skipped { get; private set; }

    /// <summary>Moves to the next usable example.</summary>
    /// <exception cref="ArgumentException">A label out of range, a vector of another length, or a pixel that is no finite number.</exception>
    public bool MoveNext()
    {
        while (cursor.MoveNext())
        {
            alive.Check();
            Rows++;
            ulong value = 0;
            key(ref value);
            var weight = 1f;
            weightGetter?.Invoke(ref weight);
            if (value == 0 || float.IsNaN(weight))
            {
                Skipped++;
                continue;
            }

            if (value > (ulong)columns.Classes)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Label column '{columns.Label}' holds key {value} in row {cursor.Position:N0}: its type allows 1 to {columns.Classes}."));
            if (weight < 0 || float.IsInfinity(weight))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Weight column '{columns.Weight}' holds {weight} in row {cursor.Position:N0}: expected a finite value of 0 or more."));
            image.Read(pixels);
            foreach (var pixel in pixels)
            {
                if (!float.IsFinite(pixel))
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Features column '{columns.Features}' holds {pixel} in row {cursor.Position:N0}: expected finite values. Filter such rows (FilterRowsByMissingValues) or replace them (ReplaceMissingValues)."));
            }

            (Class, Weight) = ((int)value - 1, weight);
            return true;
        }

        return false;
    }

    public void Dispose() => cursor.Dispose();
}
