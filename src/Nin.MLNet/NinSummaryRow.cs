namespace Nin.MLNet;

/// <summary>One row of a summary: what a layer or block gives and costs for one image.</summary>
/// <param name="Layer">What it is.</param>
/// <param name="OutputShape">Shape of its output for a batch of one: [1, C, H, W], and [1, K] at the end.</param>
/// <param name="Parameters">Trainable parameters.</param>
/// <param name="MultiplyAdds">Multiply-adds for one image, forward.</param>
public sealed record NinSummaryRow(string Layer, IReadOnlyList<int> OutputShape, long Parameters, long MultiplyAdds);
