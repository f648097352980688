namespace Nin.MLNet.Training;

/// <summary>Where a training's images come from; implemented by Data, so that Training knows nothing of ML.NET.</summary>
internal interface IImageSource : IDisposable
{
    /// <summary>Shape of one image as it comes.</summary>
    NinImageShape Shape { get; }

    /// <summary>Images an epoch.</summary>
    long Count { get; }

    /// <summary>One pass in batches of at most <paramref name="batchSize"/>, the last one possibly smaller.</summary>
    /// <param name="batchSize">Images a batch.</param>
    /// <param name="seed">Decides order and augmentation; null: the order of the rows, images as they are.</param>
    /// <param name="epoch">Number of the pass, from 0: an image that is mirrored in one is not in the next.</param>
    IEnumerable<ImageBatch> Batches(int batchSize, ulong? seed, int epoch = 0);
}
