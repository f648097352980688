namespace Nin.MLNet.Training;

/// <summary>A network's logits for images it has not learnt from, with their labels and weights.</summary>
/// <param name="Logits">[N, K].</param>
/// <param name="Labels">Class indices from 0: [N].</param>
/// <param name="Weights">Weights, above 0: [N].</param>
internal sealed record HeldOutLogits(float[] Logits, long[] Labels, float[] Weights)
{
    /// <summary>The mean cross-entropy, in nats, of the logits times a factor, and its derivatives by the factor.</summary>
    /// <param name="factor">The factor: 1 over the temperature.</param>
    public (double Loss, double Slope, double Curvature) At(double factor)
    {
        var classes = Logits.Length / Labels.Length;
        var (loss, slope, curvature, weight) = (0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < Labels.Length; i++)
        {
            var logits = Logits.AsSpan(i * classes, classes);
            double greatest = System.Numerics.Tensors.TensorPrimitives.Max(logits);
            var (sum, first, second) = (0.0, 0.0, 0.0);
            foreach (var logit in logits)
            {
                // Relative to the greatest, so that no exponential overflows.
                var below = logit - greatest;
                var power = Math.Exp(factor * below);
                (sum, first, second) = (sum + power, first + (power * below), second + (power * below * below));
            }

            var (mean, right) = (first / sum, logits[(int)Labels[i]] - greatest);
            loss += Weights[i] * (Math.Log(sum) - (factor * right));
            slope += Weights[i] * (mean - right);
            curvature += Weights[i] * ((second / sum) - (mean * mean));
            weight += Weights[i];
        }

        return (loss / weight, slope / weight, curvature / weight);
    }
}
