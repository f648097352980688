using Nin.MLNet.Arithmetic;
using TorchSharp;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// Batch norm with the batch's own statistics and the ReLU after it, computed by <see cref="BatchNormalization{TNumber, TFormat}"/> as part
/// of autograd's graph.
/// </summary>
internal static unsafe class TrainingNormalization
{
    /// <summary>Whether a batch is normalised this way on this processor with the given number of libtorch threads.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="threads">Threads.</param>
    public static bool Suits(Tensor x, int threads) =>
        Kernels.FastOnesAreOn && ProductKernel.IsSupported && threads == 1 && x.device.type == DeviceType.CPU
        && x.dtype is ScalarType.BFloat16 or ScalarType.Float32 && x.shape[1] % TileTransforms.Lanes == 0;

    /// <summary>The normalised batch, channels last; the start of a new graph if gradients are recorded.</summary>
    /// <param name="x">[N, C, H, W], channels last, with at least two values per channel.</param>
    /// <param name="weights">The layer's weights; their running statistics are updated.</param>
    /// <param name="momentum">Weight of this batch in the running statistics, in [0, 1].</param>
    /// <param name="rectify">Whether a ReLU follows.</param>
    /// <param name="cuts">Records the backward pass.</param>
    public static Tensor Run(Tensor x, NormalizationWeights weights, double momentum, bool rectify, GraphCuts cuts) =>
        x.dtype == ScalarType.BFloat16
            ? Run<ushort, BFloat16Format>(x, weights, momentum, rectify, cuts)
            : Run<float, Float32Format>(x, weights, momentum, rectify, cuts);

    private static Tensor Run<TNumber, TFormat>(
        Tensor x, NormalizationWeights weights, double momentum, bool rectify, GraphCuts cuts)
        where TNumber : unmanaged
        where TFormat : struct, INumberFormat<TNumber>
    {
        var records = is_grad_enabled() && (x.requires_grad || weights.Scale.requires_grad);
        using var _ = no_grad();
        var batch = new NormalizedBatch<TNumber, TFormat>((int)x.shape[1], x.shape[0] * x.shape[2] * x.shape[3], rectify);
        Tensor y;
        using (NewDisposeScope())
        {
            var images = MemoryLayout.ToImages(x);
            batch.Measure(At<TNumber>(images), weights, momentum);
            var normalized = empty_like(images);
            batch.Forward(At<TNumber>(images), At<TNumber>(normalized));
            y = normalized.permute(0, 3, 1, 2).MoveToOuterDisposeScope();
        }

        return records ? cuts.Add(x, y, gradient => Backward(x, weights, gradient, batch)) : y;
    }

    private static void Backward<TNumber, TFormat>(
        Tensor x, NormalizationWeights weights, Tensor gradient, NormalizedBatch<TNumber, TFormat> batch)
        where TNumber : unmanaged
        where TFormat : struct, INumberFormat<TNumber>
    {
        var images = MemoryLayout.ToImages(x);
        // Overwrites the output's gradient, which nobody else needs.
        var gradients = MemoryLayout.ToImages(gradient);
        var (ofScale, ofShift) = (empty_like(weights.Scale), empty_like(weights.Shift));
        batch.MeasureGradient(At<TNumber>(images), At<TNumber>(gradients), MemoryLayout.At(ofScale), MemoryLayout.At(ofShift));
        List<Tensor> inputs = [], arrived = [];
        if (weights.Scale.requires_grad)
            (inputs, arrived) = ([weights.Scale, weights.Shift], [ofScale, ofShift]);
        if (x.requires_grad)
        {
            batch.Backward(At<TNumber>(images), At<TNumber>(gradients));
            inputs.Add(x);
            arrived.Add(gradients.permute(0, 3, 1, 2));
        }

        autograd.backward(inputs, arrived);
    }

    private static TNumber* At<TNumber>(Tensor tensor)
        where TNumber : unmanaged =>
        (TNumber*)MemoryLayout.At(tensor);
}
