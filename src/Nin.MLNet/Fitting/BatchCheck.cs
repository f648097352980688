using System.Globalization;
using Nin.MLNet.Hosting;
using Nin.MLNet.Training;

namespace Nin.MLNet.Fitting;

/// <summary>Rejects batches whose pixels do not fit into one block of memory.</summary>
internal static class BatchCheck
{
    /// <param name="batchSize">Images in a batch, at most.</param>
    /// <param name="images">What the batches are made of.</param>
    /// <param name="shape">Shape of one.</param>
    /// <param name="isBytes">Whether its pixels are bytes, not floats.</param>
    /// <exception cref="ArgumentOutOfRangeException">A batch takes 2 GiB or more.</exception>
    public static void AfterReading(int batchSize, IImageSource images, NinImageShape shape, bool isBytes)
    {
        var bytes = (long)shape.Size * (isBytes ? sizeof(byte) : sizeof(float));
        var batches = Math.Max(1, images.CountBatches(batchSize));
        var (largest, most) = ((images.Count + batches - 1) / batches, int.MaxValue / bytes);
        if (largest > most)
            throw Refusal.Option(nameof(NinTrainer.Options.BatchSize), string.Create(
                CultureInfo.InvariantCulture,
                $"Options.BatchSize is {batchSize:N0}, but {largest:N0} images of {shape} (channels x height x width), {bytes:N0} " +
                $"bytes each, take more than the 2 GiB that a batch may take: set it to at most {most:N0}, or make the images smaller " +
                $"before training (ResizeImages)."));
    }
}
