namespace Nin.MLNet.Training;

/// <summary>
/// Length of a training for which the user set none. What a network learns depends on images seen rather than on passes, so fewer images
/// are seen more often; and a few dozen steps are not enough, however few the images.
/// </summary>
internal static class TrainingLength
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
}
