namespace Nin.MLNet;

/// <summary>How often scores are right, compared with how often they claim to be.</summary>
public sealed class NinCalibrationMetrics
{
    internal NinCalibrationMetrics(IReadOnlyList<NinCalibrationBin> bins)
    {
        Bins = bins;
        ExpectedCalibrationError =
            bins.Sum(bin => bin.Count == 0 ? 0 : bin.Count * Math.Abs(bin.Accuracy - bin.Confidence)) / bins.Sum(bin => bin.Count);
    }

    /// <summary>
    /// Mean distance between accuracy and confidence over all rows, bin by bin, 0 to 1 (Guo et al. 2017, equation 3); NaN without rows.
    /// </summary>
    public double ExpectedCalibrationError { get; }

    /// <summary>The bins of a reliability diagram, starting with the least confident.</summary>
    public IReadOnlyList<NinCalibrationBin> Bins { get; }
}
