namespace Nin.MLNet.Training;

/// <summary>
/// Length, batch size, change of tones and mixing of a training for which the user set none. What a network learns depends on images seen
/// rather than on passes, so fewer images are seen more often; and few images are learnt from in smaller batches, which makes more steps
/// of them, and with other tones, which makes it harder to learn them by heart, as mixing images does wherever they are seen often.
/// </summary>
internal static class DefaultsBySize
{
    /// <summary>From so many images on, counted anew each time they are seen, batches of 128 learn as much in the same time.</summary>
    public const long ManyImagesSeen = 300_000;

    /// <summary>Images per batch of a training that sees fewer.</summary>
    public const int ShortBatch = 64;

    /// <summary>Share of the batches that are mixed, and epochs from which on that pays (docs/learning.md).</summary>
    private const double MixedShare = 0.5, EpochsToMix = 40;

    private const long ImagesToMeet = 600_000, FewestEpochs = 10, MostEpochs = 60, FewestSteps = 150;

    /// <param name="images">Training images.</param>
    /// <param name="imagesAStep">Maximum number of images per step.</param>
    public static int EpochsFor(long images, long imagesAStep)
    {
        var stepsAnEpoch = (Math.Max(1, images) + imagesAStep - 1) / imagesAStep;
        var epochs = Math.Clamp(ImagesToMeet / Math.Max(1, images), FewestEpochs, MostEpochs);
        return (int)Math.Max(epochs, (FewestSteps + stepsAnEpoch - 1) / stepsAnEpoch);
    }

    /// <summary>Fewer images are learnt better in smaller batches (docs/learning.md).</summary>
    /// <param name="images">Training images.</param>
    public static int BatchSizeFor(long images) => images switch { < 500 => 16, < 5_000 => 32, < 20_000 => 64, _ => 128 };

    /// <summary>So are many images in a training that sees them only a few times.</summary>
    /// <param name="batchSize">By the number of images.</param>
    /// <param name="imagesSeen">Images seen, each counted as often as it is seen.</param>
    public static int InShortTraining(int batchSize, double imagesSeen) =>
        imagesSeen < ManyImagesSeen ? Math.Min(batchSize, ShortBatch) : batchSize;

    /// <summary>Ranks share a batch, as long as each has enough images for batch norm.</summary>
    /// <param name="batchSize">Of a training in one process.</param>
    /// <param name="ranks">Processes that train together.</param>
    public static int OfEachRank(int batchSize, int ranks) => Math.Max(BatchGradient.SmallestPart, (batchSize + ranks - 1) / ranks);

    /// <summary>
    /// See <see cref="NinTrainer.Options.MaxGammaChange"/>. Nothing was measured in colour, where a change of all channels' tones also
    /// changes hues (docs/learning.md).
    /// </summary>
    /// <param name="images">Training images.</param>
    /// <param name="channels">Channels of an image.</param>
    public static double GammaChangeFor(long images, int channels) =>
        channels > 1 ? 0 : images switch { < 5_000 => 2, < 20_000 => 1, _ => 0 };

    /// <summary>See <see cref="NinTrainer.Options.CutMixProbability"/>. Nothing was measured in colour.</summary>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="flip">Whether images are mirrored.</param>
    public static double CutMixFor(int channels, NinTrainer.Mirroring flip) =>
        channels > 1 || flip == NinTrainer.Mirroring.Off ? 0 : MixedShare;

    /// <summary>Networks learn mixed images more slowly, and further.</summary>
    /// <param name="epochs">Epochs planned.</param>
    public static bool GainsByMixing(double epochs) => epochs >= EpochsToMix;
}
