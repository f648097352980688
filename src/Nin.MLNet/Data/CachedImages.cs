using System.Runtime.InteropServices;
using Nin.MLNet.Training;
using static TorchSharp.torch;

namespace Nin.MLNet.Data;

/// <summary>Images held in memory: read once, shuffled and augmented anew each epoch.</summary>
internal sealed class CachedImages(ExampleSet examples, int[] rows, Augmentation augmentation) : IImageSource
{
    public NinImageShape Shape => examples.Shape;

    public long Count => rows.Length;

    public IEnumerable<ImageBatch> Batches(int batchSize, ulong? seed, int epoch = 0)
    {
        var order = (int[])rows.Clone();
        var random = seed is { } value ? new Random((int)(value % int.MaxValue)) : null;
        random?.Shuffle(order);
        for (var start = 0; start < order.Length; start += batchSize)
            yield return Batch(order.AsSpan(start, Math.Min(batchSize, order.Length - start)), epoch, random);
    }

    public void Dispose()
    {
        // The example set belongs to whoever read it: training and validation share one.
    }

    private ImageBatch Batch(ReadOnlySpan<int> chosen, int epoch, Random? random)
    {
        var pixels = examples.Pixels.IsBytes
            ? Fill<byte>(chosen, epoch, random, ScalarType.Byte, dice => (byte)dice.Next(256))
            : Fill<float>(chosen, epoch, random, ScalarType.Float32, examples.Noise);
        var labels = empty(chosen.Length, dtype: ScalarType.Int64);
        var labelSpan = MemoryMarshal.Cast<byte, long>(labels.bytes);
        for (var i = 0; i < chosen.Length; i++)
            labelSpan[i] = examples.Classes[chosen[i]];
        if (examples.Weights is not { } all)
            return new ImageBatch(pixels, labels, null);

        var weights = empty(chosen.Length);
        var weightSpan = MemoryMarshal.Cast<byte, float>(weights.bytes);
        for (var i = 0; i < chosen.Length; i++)
            weightSpan[i] = all[chosen[i]];
        return new ImageBatch(pixels, labels, weights);
    }

    private Tensor Fill<T>(ReadOnlySpan<int> chosen, int epoch, Random? random, ScalarType type, Func<Random, T> noise)
        where T : unmanaged
    {
        var pixels = empty([chosen.Length, Shape.Channels, Shape.Height, Shape.Width], dtype: type);
        var target = MemoryMarshal.Cast<byte, T>(pixels.bytes);
        for (var i = 0; i < chosen.Length; i++)
        {
            var image = target.Slice(i * Shape.Size, Shape.Size);
            if (random is null || augmentation.IsNone)
                examples.Pixels.Image<T>(chosen[i]).CopyTo(image);
            else
                augmentation.Apply(examples.Pixels.Image<T>(chosen[i]), image, chosen[i], epoch, random, noise);
        }

        return pixels;
    }
}
