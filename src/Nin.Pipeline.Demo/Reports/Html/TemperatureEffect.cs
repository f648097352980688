using Nin.MLNet;

namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>The effect of a temperature fitted on some images on the calibration of the others.</summary>
/// <param name="Temperature">Divisor applied to the logits.</param>
/// <param name="Before">Calibration as trained.</param>
/// <param name="After">Calibration at that temperature.</param>
/// <param name="LogLossAfter">Log-loss at that temperature.</param>
internal sealed record TemperatureEffect(
    double Temperature, NinCalibrationMetrics Before, NinCalibrationMetrics After, double LogLossAfter)
{
    private const int FewestImages = 20;

    /// <summary>Fits on the even-numbered images and evaluates on the odd-numbered ones; null if there are too few images.</summary>
    public static TemperatureEffect? Of(ScoredImages scored)
    {
        if (scored.Labels.Count < FewestImages)
            return null;
        List<int> fitted = [.. Enumerable.Range(0, scored.Labels.Count).Where(row => row % 2 == 0)];
        List<int> looked = [.. Enumerable.Range(0, scored.Labels.Count).Where(row => row % 2 == 1)];
        var temperature = Calibration.FitTemperature(scored, fitted);
        return new TemperatureEffect(
            temperature, Calibration.Measure(scored, looked), Calibration.Measure(scored, looked, temperature),
            Calibration.LogLoss(scored, looked, temperature));
    }
}
