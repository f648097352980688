using System.Globalization;
using System.Runtime.InteropServices;

namespace Nin.MLNet.Training;

/// <summary>
/// The number by which logits are divided before the softmax so that scores match how often they are right (Guo et al. 2017, "On
/// Calibration of Modern Neural Networks"): the one that makes the held-out labels most likely.
/// </summary>
internal static class Temperature
{
    private const double Least = 0.05, Most = 20, Precision = 1e-9;
    private const int MostSteps = 100;

    /// <summary>Fits the temperature for the network's present weights, and logs what it changes.</summary>
    /// <returns>1 if no temperature fits.</returns>
    public static double Fit(TrainingRun run, IImageSource heldOut)
    {
        List<float> logits = [], weights = [];
        List<long> labels = [];
        Evaluator.ForEachBatch(run, heldOut, (batchLogits, batchLabels, batchWeights) =>
        {
            logits.AddRange(MemoryMarshal.Cast<byte, float>(batchLogits.bytes));
            labels.AddRange(MemoryMarshal.Cast<byte, long>(batchLabels.bytes));
            weights.AddRange(MemoryMarshal.Cast<byte, float>(batchWeights.bytes));
        });
        var all = run.Replicas;
        var found = new HeldOutLogits(all.Join<float>([.. logits]), all.Join<long>([.. labels]), all.Join<float>([.. weights]));
        if (Fit(found) is not { } temperature)
        {
            run.Log.Warning(
                Invariant($"No temperature from {Least} to {Most} fits the {found.Labels.Length:N0} validation images best: all of them ") +
                "are classified correctly, or no better than by chance. Scores stay as they are; validate on more images to calibrate " +
                "them.");
            return 1;
        }

        run.Log.Info(
            Invariant($"Temperature {temperature:F4}, fitted on {found.Labels.Length:N0} validation images: their log-loss is ") +
            Invariant($"{found.At(1 / temperature).Loss:F4} instead of {found.At(1).Loss:F4}."));
        return temperature;
    }

    /// <summary>The best temperature, or null if none from 0.05 to 20 is better than all others.</summary>
    public static double? Fit(HeldOutLogits images)
    {
        // The loss is convex in the inverse temperature, so its slope is 0 in at most one place.
        var (low, high) = (1 / Most, 1 / Least);
        if (!(images.At(low).Slope < 0 && images.At(high).Slope > 0))
            return null;
        var inverse = 1.0;
        for (var step = 0; step < MostSteps; step++)
        {
            var (_, slope, curvature) = images.At(inverse);
            (low, high) = slope > 0 ? (low, inverse) : (inverse, high);
            var next = inverse - (slope / curvature);
            // Newton's step, or the middle of the interval if the step leaves it.
            if (!(next >= low && next <= high))
                next = Math.Sqrt(low * high);
            var isThere = Math.Abs(next - inverse) <= Precision * inverse;
            inverse = next;
            if (isThere)
                break;
        }

        return 1 / inverse;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
