using System.Numerics;
using System.Runtime.InteropServices;
using Nin.MLNet.Training;
using static TorchSharp.torch;

namespace Nin.MLNet.Data;

/// <summary>Some of a set's images, shuffled and augmented again in each epoch.</summary>
/// <param name="examples">The set; this rank's share of it.</param>
/// <param name="rows">Indices of the images.</param>
/// <param name="augmentation">The augmentation applied to them.</param>
/// <param name="sizes">
/// How many such images all ranks have. Each rank cuts its own into as many batches as the rank with the most images needs, so that all
/// take the same number of steps and see every image once per epoch.
/// </param>
internal sealed class CachedImages(ExampleSet examples, int[] rows, Augmentation augmentation, ShardSizes sizes) : IImageSource
{
    public long Count => rows.Length;

    public long CountOfAll => sizes.All;

    public bool IsMirrored
    {
        get => augmentation.Mirrors;
        set => augmentation = augmentation.Mirroring(value);
    }

    public int CountBatches(int batchSize) => (int)((sizes.Largest + batchSize - 1) / batchSize);

    public IEnumerable<ImageBatch> Batches(int batchSize, ulong? seed, int epoch = 0)
    {
        var order = (int[])rows.Clone();
        var random = seed is { } value ? new Random((int)(value % int.MaxValue)) : null;
        random?.Shuffle(order);
        var batches = CountBatches(batchSize);
        for (var (batch, start) = (0, 0); batch < batches; batch++)
        {
            // The first batches take one image more if the images do not divide evenly.
            var size = (order.Length / batches) + (batch < order.Length % batches ? 1 : 0);
            yield return Batch(order.AsSpan(start, size), epoch, random);
            start += size;
        }
    }

    public void Dispose()
    {
        // The example set belongs to the code that read it: training and validation share one.
    }

    private ImageBatch Batch(ReadOnlySpan<int> chosen, int epoch, Random? random)
    {
        var pixels = examples.Pixels.IsBytes
            ? Fill<byte>(chosen, epoch, random, ScalarType.Byte, [.. examples.Normalization.Mean.Select(mean => (byte)Math.Round(mean))])
            : Fill<float>(chosen, epoch, random, ScalarType.Float32, examples.Normalization.Mean);
        var labels = empty(chosen.Length, dtype: ScalarType.Int64);
        var labelSpan = MemoryMarshal.Cast<byte, long>(labels.bytes);
        for (var i = 0; i < chosen.Length; i++)
            labelSpan[i] = examples.Classes[chosen[i]];
        if (examples.Weights is not { } all)
            return new ImageBatch(pixels, labels, null);

        var weights = empty(chosen.Length, dtype: ScalarType.Float32);
        var weightSpan = MemoryMarshal.Cast<byte, float>(weights.bytes);
        for (var i = 0; i < chosen.Length; i++)
            weightSpan[i] = all[chosen[i]];
        return new ImageBatch(pixels, labels, weights);
    }

    private Tensor Fill<T>(ReadOnlySpan<int> chosen, int epoch, Random? random, ScalarType type, T[] means)
        where T : unmanaged, INumber<T>
    {
        var shape = examples.Shape;
        var pixels = empty([chosen.Length, shape.Channels, shape.Height, shape.Width], dtype: type);
        var target = MemoryMarshal.Cast<byte, T>(pixels.bytes);
        var size = shape.Size;
        var augments = random is not null && !augmentation.IsNone;
        var plain = augments ? new T[size] : [];
        for (var i = 0; i < chosen.Length; i++)
        {
            var image = target.Slice(i * size, size);
            examples.Pixels.Read(chosen[i], augments ? plain : image);
            if (augments)
                augmentation.Apply(plain, image, chosen[i], epoch, random!, means);
        }

        return pixels;
    }
}
