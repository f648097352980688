namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>
/// How far probabilities can be believed (Guo et al. 2017, On Calibration of Modern Neural Networks): images in bins of equal width by the
/// likeliest class's probability, and the share of each bin that is right.
/// </summary>
internal sealed record Calibration(IReadOnlyList<CalibrationBin> Bins, double ExpectedError)
{
    private const int BinCount = 15;

    /// <param name="images">Scores and labels.</param>
    /// <param name="rows">The images to look at.</param>
    /// <param name="temperature">What logits are divided by first; 1: nothing changes.</param>
    public static Calibration Of(ScoredImages images, IReadOnlyList<int> rows, double temperature = 1)
    {
        var bins = new (int Count, double Confidence, int Right)[BinCount];
        foreach (var row in rows)
        {
            var scores = Tempered(images.Scores[row], temperature);
            var top = Array.IndexOf(scores, scores.Max());
            ref var bin = ref bins[Math.Clamp((int)Math.Ceiling(scores[top] * BinCount) - 1, 0, BinCount - 1)];
            bin = (bin.Count + 1, bin.Confidence + scores[top], bin.Right + (top == images.Labels[row] ? 1 : 0));
        }

        var filled = bins.Where(bin => bin.Count > 0)
            .Select(bin => new CalibrationBin(bin.Confidence / bin.Count, (double)bin.Right / bin.Count, bin.Count)).ToList();
        return new Calibration(filled, filled.Sum(bin => (double)bin.Images / rows.Count * Math.Abs(bin.Accuracy - bin.Confidence)));
    }

    /// <summary>The temperature with the least mean negative log-likelihood, 0.05 to 20: golden section over its logarithm.</summary>
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

        double Loss(double logarithm) => rows.Average(
            row => -Math.Log(Math.Max(double.Epsilon, Tempered(images.Scores[row], Math.Exp(logarithm))[images.Labels[row]])));
    }

    /// <summary>Softmax of logits over a temperature; logarithms of probabilities are logits but for a constant.</summary>
    private static double[] Tempered(float[] scores, double temperature)
    {
        double[] logits = [.. scores.Select(score => Math.Log(Math.Max(score, float.Epsilon)) / temperature)];
        var most = logits.Max();
        double[] powers = [.. logits.Select(logit => Math.Exp(logit - most))];
        var sum = powers.Sum();
        return [.. powers.Select(power => power / sum)];
    }
}

/// <summary>Images of about the same confidence.</summary>
/// <param name="Confidence">Their mean probability of the class they were taken for.</param>
/// <param name="Accuracy">Share of them that is right.</param>
/// <param name="Images">How many there are.</param>
internal sealed record CalibrationBin(double Confidence, double Accuracy, int Images);
