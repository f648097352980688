namespace Nin.MLNet.Training;

/// <summary>Where a training's images come from; implemented by Data, so that Training knows nothing of ML.NET.</summary>
internal interface IImageSource : IDisposable
{
    /// <summary>Images per epoch on this rank.</summary>
    long Count { get; }

    /// <summary>Images per epoch on all ranks.</summary>
    long CountOfAll { get; }

    /// <summary>Whether augmented images are mirrored in every second epoch.</summary>
    bool IsMirrored { get; set; }

    /// <summary>Batches per epoch; for training, the same number on every rank.</summary>
    /// <param name="batchSize">Most images a batch.</param>
    int CountBatches(int batchSize);

    /// <summary>
    /// One pass over the images, in as few batches of at most <paramref name="batchSize"/> as the rank with the most images needs.
    /// Batch sizes differ by at most one, the larger first (129 images at 128: 65 and 64), so that batch norm never sees a tiny last batch.
    /// </summary>
    /// <param name="batchSize">Most images a batch.</param>
    /// <param name="seed">Determines order and augmentation; null: row order, images unchanged.</param>
    /// <param name="epoch">Number of the pass, from 0: an image that is mirrored in one pass is not mirrored in the next.</param>
    IEnumerable<ImageBatch> Batches(int batchSize, ulong? seed, int epoch = 0);
}
