using System.Diagnostics;

namespace Nin.MLNet.Training;

/// <summary>Adds up an epoch's figures step by step.</summary>
internal sealed class EpochTally
{
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private double lossSum, normSum;
    private long correct, steps;

    public long Images { get; private set; }

    public double Loss => Images == 0 ? double.NaN : lossSum / Images;

    public double Accuracy => Images == 0 ? double.NaN : (double)correct / Images;

    public double GradientNorm => steps == 0 ? 0 : normSum / steps;

    public double Seconds => clock.Elapsed.TotalSeconds;

    public double ImagesPerSecond => Images / Math.Max(Seconds, 1e-9);

    public void AddBatch(double loss, long rightOnes, long images)
    {
        lossSum += loss * images;
        correct += rightOnes;
        Images += images;
    }

    public void AddStep(double gradientNorm)
    {
        normSum += gradientNorm;
        steps++;
    }
}
