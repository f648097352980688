namespace Nin.MLNet;

/// <summary>One row of a summary: the output and cost of a layer or block for one image.</summary>
/// <param name="Layer">The layer or block.</param>
/// <param name="OutputShape">Shape of its output for a batch of one: [1, C, H, W], and [1, K] at the end.</param>
/// <param name="Parameters">Trainable parameters.</param>
/// <param name="MultiplyAdds">Multiply-adds for the forward pass of one image.</param>
public sealed record NinSummaryRow(string Layer, IReadOnlyList<int> OutputShape, long Parameters, long MultiplyAdds);
