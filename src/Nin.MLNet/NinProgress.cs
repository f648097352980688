namespace Nin.MLNet;

/// <summary>Where a training stands inside an epoch; given to <c>Options.OnBatch</c> behind every step.</summary>
/// <param name="Epoch">Number of the running epoch, from 1.</param>
/// <param name="Epochs">Number of epochs asked for.</param>
/// <param name="Images">Training images met in this epoch so far.</param>
/// <param name="ImagesPerEpoch">Training images in a whole epoch.</param>
/// <param name="Loss">Mean loss of the epoch so far, in nats.</param>
/// <param name="ImagesPerSecond">Speed of the epoch so far.</param>
public readonly record struct NinProgress(int Epoch, int Epochs, long Images, long ImagesPerEpoch, double Loss, double ImagesPerSecond)
{
    /// <summary>Time until the last epoch ends at the present speed, validation not counted.</summary>
    public TimeSpan Remaining =>
        TimeSpan.FromSeconds(ImagesPerSecond > 0 ? (((double)(Epochs - Epoch + 1) * ImagesPerEpoch) - Images) / ImagesPerSecond : 0);
}
