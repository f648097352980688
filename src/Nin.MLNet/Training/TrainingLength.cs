namespace Nin.MLNet.Training;

/// <summary>
/// How long a training is that nobody gave a length: what a network has learnt is counted in images met and in steps taken rather than in
/// passes, so fewer images are met more often.
/// </summary>
internal static class TrainingLength
{
    private const long ImagesToMeet = 600_000, StepsToTake = 1_000, FewestEpochs = 10, MostByImages = 60, MostEpochs = 200;

    public static int EpochsFor(long images, long imagesAStep)
    {
        var steps = (images + imagesAStep - 1) / imagesAStep;
        var byImages = Math.Min(MostByImages, ImagesToMeet / Math.Max(1, images));
        return (int)Math.Clamp(Math.Max(byImages, StepsToTake / Math.Max(1, steps)), FewestEpochs, MostEpochs);
    }
}
