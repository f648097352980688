using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>A batch of images that each show part of another one of them.</summary>
/// <param name="Images">[N, C, H, W].</param>
/// <param name="Others">Index in the batch of the other image that each one shows: [N], int64; null if none is mixed.</param>
/// <param name="Share">Share of the area that is each image's own, in [0, 1].</param>
internal readonly record struct MixedImages(Tensor Images, Tensor? Others, double Share);
