namespace Nin.MLNet.Training;

/// <summary>Where a training's images come from; implemented by Data, so that Training knows nothing of ML.NET.</summary>
internal interface IImageSource : IDisposable
{
    /// <summary>Images an epoch, of this rank.</summary>
    long Count { get; }

    /// <summary>Images an epoch, of all ranks.</summary>
    long CountOfAll { get; }

    /// <summary>Whether images that are augmented are mirrored in every second epoch.</summary>
    bool IsMirrored { get; set; }

    /// <summary>Batches an epoch; to train on, as many on every rank.</summary>
    /// <param name="batchSize">Most images a batch.</param>
    int CountBatches(int batchSize);

    /// <summary>
    /// One pass in as few batches of at most <paramref name="batchSize"/> as the rank with the most images needs. Their sizes
    /// differ by at most one, the larger first (129 images at 128: 65 and 64), so that no tiny last batch meets batch norm.
    /// </summary>
    /// <param name="batchSize">Most images a batch.</param>
    /// <param name="seed">Decides order and augmentation; null: the order of the rows, images as they are.</param>
    /// <param name="epoch">Number of the pass, from 0: an image that is mirrored in one is not in the next.</param>
    IEnumerable<ImageBatch> Batches(int batchSize, ulong? seed, int epoch = 0);
}
