using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet;

namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>
/// How far the probabilities can be trusted, as they are and at another temperature (Guo et al. 2017, On Calibration of Modern Neural
/// Networks).
/// </summary>
internal static class Calibration
{
    /// <summary>The library's calibration figures for some of the images.</summary>
    /// <param name="images">Scores and labels.</param>
    /// <param name="rows">The images to use.</param>
    /// <param name="temperature">Divisor applied to the logits first; 1: no change.</param>
    public static NinCalibrationMetrics Measure(ScoredImages images, IReadOnlyList<int> rows, double temperature = 1)
    {
        var classes = images.Scores[0].Length;
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Label)].ColumnType = new KeyDataViewType(typeof(uint), classes);
        schema[nameof(Row.Score)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, classes);
        var context = new MLContext();
        return context.MulticlassClassification.EvaluateCalibration(context.Data.LoadFromEnumerable(
            rows.Select(row => new Row
            {
                // In memory ML.NET counts keys from 0.
                Label = (uint)images.Labels[row],
                Score = [.. Tempered(images.Scores[row], temperature).Select(value => (float)value)],
            }),
            schema));
    }

    /// <summary>
    /// The temperature, 0.05 to 20, with the lowest mean negative log-likelihood: golden-section search over its logarithm.
    /// </summary>
    public static double FitTemperature(ScoredImages images, IReadOnlyList<int> rows)
    {
        const double ratio = 0.6180339887498949;
        var (low, high) = (Math.Log(0.05), Math.Log(20));
        while (high - low > 1e-4)
        {
            var (left, right) = (high - (ratio * (high - low)), low + (ratio * (high - low)));
            if (Loss(left) < Loss(right))
                high = right;
            else
                low = left;
        }

        return Math.Exp((low + high) / 2);

        double Loss(double logarithm) => LogLoss(images, rows, Math.Exp(logarithm));
    }

    /// <summary>Mean negative log-probability of the true class, in nats.</summary>
    /// <param name="images">Scores and labels.</param>
    /// <param name="rows">The images to use.</param>
    /// <param name="temperature">Divisor applied to the logits first.</param>
    public static double LogLoss(ScoredImages images, IReadOnlyList<int> rows, double temperature) => rows.Average(
        row => -Math.Log(Math.Max(double.Epsilon, Tempered(images.Scores[row], temperature)[images.Labels[row]])));

    /// <summary>Softmax of logits divided by a temperature; log-probabilities equal logits up to a constant.</summary>
    private static double[] Tempered(float[] scores, double temperature)
    {
        double[] logits = [.. scores.Select(score => Math.Log(Math.Max(score, float.Epsilon)) / temperature)];
        var most = logits.Max();
        double[] powers = [.. logits.Select(logit => Math.Exp(logit - most))];
        var sum = powers.Sum();
        return [.. powers.Select(power => power / sum)];
    }

    private sealed class Row
    {
        public uint Label { get; set; }

        public float[] Score { get; set; } = [];
    }
}
