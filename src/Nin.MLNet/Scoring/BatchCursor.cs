using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Data;

namespace Nin.MLNet.Scoring;

/// <summary>Reads a batch of rows ahead from one cursor, makes one forward when the first score is asked for, and hands the rows out.</summary>
internal sealed class BatchCursor : DataViewRowCursor
{
    private readonly BoundModel scorer;
    private readonly DataViewRowCursor input;
    private readonly HashSet<int> active;
    private readonly int size;
    private readonly ImageReader? reader;
    private readonly Dictionary<int, ColumnBuffer> buffers = [];
    private readonly ValueGetter<DataViewRowId> idGetter;
    private readonly DataViewRowId[] ids;
    private readonly long[] batches;
    private readonly float[] pixels, scores;
    private int filled, current = -1;
    private long position = -1;
    private bool scored;

    public BatchCursor(BoundModel scorer, DataViewRowCursor input, HashSet<int> active)
    {
        (this.scorer, this.input, this.active) = (scorer, input, active);
        var scores = active.Any(index => index >= scorer.Input.Count);
        // Nothing to score: row by row, as the rows come.
        size = scores ? scorer.Model.ScoringBatchSize : 1;
        foreach (var index in active.Where(index => index < scorer.Input.Count))
            buffers.Add(index, ColumnBuffer.Of(input, input.Schema[index], size));
        reader = scores ? new ImageReader(input, input.Schema[scorer.Features.Index], scorer.Model.ImageLayout) : null;
        pixels = new float[scores ? size * scorer.Model.ImageShape.Size : 0];
        this.scores = new float[scores ? size * scorer.Model.Architecture.Classes : 0];
        (ids, batches) = (new DataViewRowId[size], new long[size]);
        idGetter = input.GetIdGetter();
    }

    public override long Position => position;

    public override long Batch => current < 0 ? 0 : batches[current];

    public override DataViewSchema Schema => scorer.Output;

    public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

    public override bool MoveNext()
    {
        if (position == -2)
            return false;
        if (++current >= filled && !Fill())
        {
            (position, current) = (-2, -1);
            return false;
        }

        position++;
        return true;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = ids[Current()];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column))
            throw new InvalidOperationException($"Column '{column.Name}' is not active in this cursor.");
        Delegate getter = !scorer.IsOwn(column) ? buffers[column.Index].Getter(Current)
            : column.Index == scorer.Score.Index ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => OutputColumns.Copy(Scores(), ref value))
            : (ValueGetter<uint>)((ref uint value) => value = OutputColumns.Predict(Scores()));
        return getter as ValueGetter<TValue> ?? throw new InvalidOperationException($"Column '{column.Name}' is of type {column.Type}, not {typeof(TValue)}.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            input.Dispose();
        base.Dispose(disposing);
    }

    private int Current() => current >= 0 ? current : throw new InvalidOperationException("The cursor stands on no row: call MoveNext first.");

    private bool Fill()
    {
        (current, filled, scored) = (0, 0, false);
        var imageSize = scorer.Model.ImageShape.Size;
        while (filled < size && input.MoveNext())
        {
            foreach (var buffer in buffers.Values)
                buffer.Read(filled);
            reader?.Read(pixels.AsSpan(filled * imageSize, imageSize));
            idGetter(ref ids[filled]);
            batches[filled++] = input.Batch;
        }

        return filled > 0;
    }

    private ReadOnlySpan<float> Scores()
    {
        var classes = scorer.Model.Architecture.Classes;
        var row = Current();
        if (!scored)
        {
            scorer.Run(pixels, filled, scores.AsSpan(0, filled * classes));
            scored = true;
        }

        return scores.AsSpan(row * classes, classes);
    }
}
