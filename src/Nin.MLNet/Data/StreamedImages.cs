using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Nin.MLNet.Training;
using static TorchSharp.torch;

namespace Nin.MLNet.Data;

/// <summary>
/// Images read anew from the data each epoch, for sets that do not fit in memory: a reader thread runs ahead, a pool of images shuffles
/// them, and memory stays the same whatever the number of rows.
/// </summary>
internal sealed class StreamedImages(IDataView data, ExampleColumns columns, bool[] belongs, Augmentation augmentation, Func<Random, float> noise, int poolSize) : IImageSource
{
    /// <summary>Batches the reader may be ahead.</summary>
    private const int Ahead = 2;

    public NinImageShape Shape => columns.Shape;

    public long Count { get; } = belongs.LongCount(mine => mine);

    public IEnumerable<ImageBatch> Batches(int batchSize, ulong? seed, int epoch = 0)
    {
        using var queue = new BlockingCollection<Filled>(Ahead);
        using var stop = new CancellationTokenSource();
        var used = new ConcurrentBag<Filled>();
        var reading = Task.Factory.StartNew(() => Read(batchSize, seed, epoch, queue, used, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            foreach (var filled in queue.GetConsumingEnumerable(CancellationToken.None))
            {
                var batch = ToTensors(filled);
                used.Add(filled);
                yield return batch;
            }

            // Ended: with a bad row, perhaps.
            reading.GetAwaiter().GetResult();
        }
        finally
        {
            stop.Cancel();
            reading.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        }
    }

    public void Dispose()
    {
        // Cursors and threads live as long as an epoch's enumeration.
    }

    private ImageBatch ToTensors(Filled filled)
    {
        var pixels = empty([filled.Count, Shape.Channels, Shape.Height, Shape.Width]);
        filled.Pixels.AsSpan(0, filled.Count * Shape.Size).CopyTo(MemoryMarshal.Cast<byte, float>(pixels.bytes));
        var labels = empty(filled.Count, dtype: ScalarType.Int64);
        filled.Classes.AsSpan(0, filled.Count).CopyTo(MemoryMarshal.Cast<byte, long>(labels.bytes));
        var weights = columns.Weight is null ? null : empty(filled.Count);
        if (weights is not null)
            filled.Weights.AsSpan(0, filled.Count).CopyTo(MemoryMarshal.Cast<byte, float>(weights.bytes));
        return new ImageBatch(pixels, labels, weights);
    }

    private void Read(int batchSize, ulong? seed, int epoch, BlockingCollection<Filled> queue, ConcurrentBag<Filled> used, CancellationToken stop)
    {
        try
        {
            var random = seed is { } value ? new Random((int)(value % int.MaxValue)) : null;
            var free = new Stack<float[]>();
            var batch = new Filled(batchSize, Shape.Size);
            foreach (var example in random is null ? InOrder(free) : Shuffled(free, random))
            {
                batch.Take(example, epoch, random, augmentation, noise);
                free.Push(example.Pixels);
                stop.ThrowIfCancellationRequested();
                if (batch.Count < batchSize)
                    continue;
                queue.Add(batch, stop);
                batch = used.TryTake(out var old) ? old.Emptied() : new Filled(batchSize, Shape.Size);
            }

            if (batch.Count > 0)
                queue.Add(batch, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The epoch was left early; nobody waits for more.
        }
        finally
        {
            queue.CompleteAdding();
        }
    }

    // Buffers go round: a large image is a large object, and the collector would not keep up with new ones.
    private IEnumerable<Example> InOrder(Stack<float[]> free)
    {
        using var reader = new ExampleReader(data, columns);
        for (long index = 0; reader.MoveNext(); index++)
        {
            if (index >= belongs.Length)
                throw new InvalidOperationException($"The data has more than the {belongs.Length:N0} usable rows of its first reading: it must give the same rows each time it is read.");
            if (!belongs[index])
                continue;
            var pixels = free.TryPop(out var old) ? old : new float[Shape.Size];
            reader.Pixels.CopyTo(pixels);
            yield return new Example(index, pixels, reader.Class, reader.Weight);
        }
    }

    /// <summary>A pool is filled; then each new image takes the place of a random one, which goes out; the rest follows in random order.</summary>
    private IEnumerable<Example> Shuffled(Stack<float[]> free, Random random)
    {
        var pool = new List<Example>(poolSize);
        foreach (var example in InOrder(free))
        {
            if (pool.Count < poolSize)
            {
                pool.Add(example);
                continue;
            }

            var place = random.Next(pool.Count);
            yield return pool[place];
            pool[place] = example;
        }

        var rest = pool.ToArray();
        random.Shuffle(rest);
        foreach (var example in rest)
            yield return example;
    }

    private sealed record Example(long Row, float[] Pixels, int Class, float Weight);

    private sealed class Filled(int batchSize, int imageSize)
    {
        public float[] Pixels { get; } = new float[batchSize * imageSize];

        public long[] Classes { get; } = new long[batchSize];

        public float[] Weights { get; } = new float[batchSize];

        public int Count { get; private set; }

        public Filled Emptied()
        {
            Count = 0;
            return this;
        }

        public void Take(Example example, int epoch, Random? random, Augmentation augmentation, Func<Random, float> noise)
        {
            var target = Pixels.AsSpan(Count * imageSize, imageSize);
            if (random is null || augmentation.IsNone)
                example.Pixels.CopyTo(target);
            else
                augmentation.Apply<float>(example.Pixels, target, example.Row, epoch, random, noise);
            (Classes[Count], Weights[Count]) = (example.Class, example.Weight);
            Count++;
        }
    }
}
