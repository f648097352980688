namespace Nin.MLNet.Network;

/// <summary>Pixel statistics of the training data: the network sees (pixel - mean) / standard deviation.</summary>
/// <param name="Mean">Mean of each channel, in the units of the feature column.</param>
/// <param name="Std">Standard deviation of each channel, above 0, in the units of the feature column.</param>
internal sealed record Normalization(float[] Mean, float[] Std);
