using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>What a batch norm has learnt: float32, [C] each.</summary>
/// <param name="Scale">Its weight.</param>
/// <param name="Shift">Its bias.</param>
/// <param name="RunningMean">Moves towards each batch's mean.</param>
/// <param name="RunningVariance">Moves towards each batch's variance.</param>
internal readonly record struct NormalizationWeights(Tensor Scale, Tensor Shift, Tensor RunningMean, Tensor RunningVariance);
