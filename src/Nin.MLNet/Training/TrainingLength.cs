namespace Nin.MLNet.Training;

/// <summary>
/// How long a training is that nobody gave a length: what a network has learnt is counted in images met rather than in passes, so fewer
/// images are met more often; and a few dozen steps are no training, however few the images.
/// </summary>
internal static class TrainingLength
{
    private const long ImagesToMeet = 600_000, FewestEpochs = 10, MostEpochs = 60, FewestSteps = 150;

    /// <param name="images">Training images.</param>
    /// <param name="imagesAStep">How many of them a step takes at most.</param>
    public static int EpochsFor(long images, long imagesAStep)
    {
        var stepsAnEpoch = (Math.Max(1, images) + imagesAStep - 1) / imagesAStep;
        var epochs = Math.Clamp(ImagesToMeet / Math.Max(1, images), FewestEpochs, MostEpochs);
        return (int)Math.Max(epochs, (FewestSteps + stepsAnEpoch - 1) / stepsAnEpoch);
    }
}
