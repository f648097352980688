using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>Result of a forward and backward pass over a batch or a part of it.</summary>
/// <param name="Loss">Sum of the images' losses, each times its weight, in nats.</param>
/// <param name="Weight">Sum of the weights.</param>
/// <param name="Correct">Images classified correctly.</param>
/// <param name="Images">Number of images.</param>
/// <param name="Logits">The network's outputs: [N, K].</param>
internal sealed record BatchOutcome(double Loss, double Weight, long Correct, long Images, Tensor Logits)
{
    /// <summary>Combines the outcomes of a batch's parts into one; disposes theirs.</summary>
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
