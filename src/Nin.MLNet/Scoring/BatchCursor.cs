using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Data;

namespace Nin.MLNet.Scoring;

/// <summary>
/// Reads a batch of rows ahead, scores them together when the first score is asked for, and hands the rows out. Values of the columns
/// that are passed through are kept meanwhile, except those that have an owner (an image is disposed by whoever made it): these come from
/// a second cursor that moves in step.
/// </summary>
internal sealed class BatchCursor : DataViewRowCursor
{
    /// <summary>Rows in the first and the second batch: a caller who needs only a few rows does not wait for many.</summary>
    private const int FirstBatch = 1, SecondBatch = 16;
    private readonly BoundModel model;
    private readonly HashSet<int> active;
    private readonly DataViewRowCursor ahead;
    private readonly DataViewRowCursor? inStep;
    private readonly Dictionary<int, ColumnBuffer> buffers = [];
    private readonly ImageReader reader;
    private readonly ValueGetter<DataViewRowId> idGetter;
    private readonly ValueGetter<DataViewRowId>? idInStep;
    private float[] pixels = [], values = [];
    private DataViewRowId[] ids = [];
    private long[] batches = [];
    private int largest, size, filled, current = -1;
    private long position = -1;
    private bool isComputed, isOver;
    private ExceptionDispatchInfo? failure;

    /// <param name="model">The model that scores.</param>
    /// <param name="active">Indices of the requested columns.</param>
    /// <param name="ahead">Reads the features and the columns to keep.</param>
    /// <param name="inStep">Reads the columns that cannot be kept; null if there are none.</param>
    public BatchCursor(BoundModel model, HashSet<int> active, DataViewRowCursor ahead, DataViewRowCursor? inStep)
    {
        (this.model, this.active, this.ahead, this.inStep) = (model, active, ahead, inStep);
        reader = ImageReader.Of(ahead, model.Features, model.Model.ImageLayout);
        foreach (var column in model.Input.Where(column => active.Contains(column.Index) && !BatchedView.HasOwner(column)))
            buffers.Add(column.Index, ColumnBuffer.Of(ahead, column));
        (idGetter, idInStep) = (ahead.GetIdGetter(), inStep?.GetIdGetter());
        largest = model.BatchSize;
    }

    public override long Position => position;

    public override long Batch => current < 0 ? 0 : batches[current];

    public override DataViewSchema Schema => model.Output;

    public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(model.IndexOf(column));

    public override bool MoveNext()
    {
        if (isOver)
            return false;
        if (++current >= filled && !Fill())
        {
            Dispose();
            return false;
        }

        position++;
        if (inStep is not null)
            MoveInStep(inStep);
        return true;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = ids[Current()];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => model.Getter<TValue>(
        column, IsColumnActive(column), Values,
        passed => buffers.TryGetValue(passed.Index, out var buffer)
            ? buffer.Getter(Current) as ValueGetter<TValue>
            : inStep!.GetGetter<TValue>(passed));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            (isOver, position, current) = (true, -1, -1);
            ahead.Dispose();
            inStep?.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Current() => current >= 0 ? current : throw BoundModel.NoRow();

    private void MoveInStep(DataViewRowCursor cursor)
    {
        var id = default(DataViewRowId);
        if (cursor.MoveNext())
            idInStep!(ref id);
        if (!id.Equals(ids[current]))
            throw new InvalidOperationException(
                $"The data gave another row {position:N0} when it was read a second time: " +
                "it must be the same each time (mlContext.Data.Cache keeps it).");
    }

    private bool Fill()
    {
        failure?.Throw();
        Grow();
        (current, filled, isComputed) = (0, 0, false);
        var imageSize = model.Model.ImageShape.Size;
        try
        {
            while (filled < size && ahead.MoveNext())
            {
                foreach (var buffer in buffers.Values)
                    buffer.Read(filled);
                ReadImage(pixels.AsSpan(filled * imageSize, imageSize));
                idGetter(ref ids[filled]);
                batches[filled++] = ahead.Batch;
            }
        }
        catch (Exception e) when (filled > 0)
        {
            // The rows before the failure are valid, so it is thrown only when its row is reached.
            failure = ExceptionDispatchInfo.Capture(e);
        }

        return filled > 0;
    }

    /// <summary>
    /// Features that are also passed through are read only once: decoding takes time, and some steps dispose what they have read.
    /// </summary>
    private void ReadImage(Span<float> planar)
    {
        if (reader is VectorReader vectors && buffers.TryGetValue(model.Features.Index, out var kept))
            vectors.Read(kept.Kept<VBuffer<float>>(filled), planar);
        else
            reader.Read(planar);
    }

    private void Grow()
    {
        if (size == largest)
            return;
        // The first rows show how much memory the kept columns take.
        var bytes = Enumerable.Range(0, filled).Select(row => buffers.Values.Sum(buffer => buffer.BytesOf(row))).DefaultIfEmpty().Max();
        largest = (int)Math.Min(largest, Math.Max(1, BoundModel.MostBytes / Math.Max(1, bytes)));
        size = Math.Min(size switch { 0 => FirstBatch, FirstBatch => SecondBatch, _ => largest }, largest);
        (pixels, values) = (new float[size * model.Model.ImageShape.Size], new float[size * model.ValuesPerRow]);
        (ids, batches) = (new DataViewRowId[size], new long[size]);
        foreach (var buffer in buffers.Values)
            buffer.Resize(size);
    }

    private ReadOnlySpan<float> Values()
    {
        var row = Current();
        if (!isComputed)
        {
            model.Run(pixels, filled, values);
            isComputed = true;
        }

        return values.AsSpan(row * model.ValuesPerRow, model.ValuesPerRow);
    }
}
