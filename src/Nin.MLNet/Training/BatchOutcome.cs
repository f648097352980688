using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>What forward and backward over a batch, or a part of it, told.</summary>
/// <param name="Loss">Sum of the images' losses, each times its weight, in nats.</param>
/// <param name="Weight">Sum of the weights.</param>
/// <param name="Correct">Images classified right.</param>
/// <param name="Images">Images.</param>
/// <param name="Logits">The network's outputs: [N, K].</param>
internal sealed record BatchOutcome(double Loss, double Weight, long Correct, long Images, Tensor Logits)
{
    /// <summary>The parts of a batch as one; disposes theirs.</summary>
    public static BatchOutcome Sum(IReadOnlyList<BatchOutcome> parts)
    {
        var logits = cat([.. parts.Select(part => part.Logits)], 0);
        foreach (var part in parts)
            part.Logits.Dispose();
        return new(
            parts.Sum(part => part.Loss),
            parts.Sum(part => part.Weight),
            parts.Sum(part => part.Correct),
            parts.Sum(part => part.Images),
            logits);
    }
}
