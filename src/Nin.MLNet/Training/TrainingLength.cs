namespace Nin.MLNet.Training;

/// <summary>
/// How long a training is that nobody gave a length: what a network has learnt is counted in images met rather than in passes, so fewer
/// images are met more often.
/// </summary>
internal static class TrainingLength
{
    private const long ImagesToMeet = 600_000, FewestEpochs = 10, MostEpochs = 60;

    public static int EpochsFor(long images) => (int)Math.Clamp(ImagesToMeet / Math.Max(1, images), FewestEpochs, MostEpochs);
}
