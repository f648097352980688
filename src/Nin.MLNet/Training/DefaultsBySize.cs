namespace Nin.MLNet.Training;

/// <summary>
/// Length and batch size of a training for which the user set none. What a network learns depends on images seen rather than on passes, so
/// fewer images are seen more often; and few images are learnt from in smaller batches, which makes more steps of them.
/// </summary>
internal static class DefaultsBySize
{
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
    public static int BatchSizeFor(long images) => images switch { < 500 => 16, < 5_000 => 32, _ => 128 };
}
