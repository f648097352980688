namespace Nin.MLNet.Training;

/// <summary>Adds up an epoch's figures step by step.</summary>
internal sealed class EpochTally(TimeProvider clock)
{
    private readonly long start = clock.GetTimestamp();
    private double lossSum, weightSum, normSum;
    private long correct, steps;

    public long Images { get; private set; }

    public double Loss => weightSum == 0 ? 0 : lossSum / weightSum;

    public double Accuracy => Images == 0 ? 0 : (double)correct / Images;

    public double GradientNorm => steps == 0 ? 0 : normSum / steps;

    public double Seconds => clock.GetElapsedTime(start).TotalSeconds;

    public double ImagesPerSecond => Images / Math.Max(Seconds, 1e-9);

    public void AddImages(double lossOfAll, double weight, long rightOnes, long images)
    {
        lossSum += lossOfAll;
        weightSum += weight;
        correct += rightOnes;
        Images += images;
    }

    public void AddStep(double gradientNorm)
    {
        normSum += gradientNorm;
        steps++;
    }
}
