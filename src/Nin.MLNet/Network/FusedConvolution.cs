using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>A convolution that a fused kernel computes for one batch size, with the weight laid out for that kernel.</summary>
/// <param name="Kernels">What computes it.</param>
/// <param name="Layer">Its sizes, including the zero channels that were added.</param>
/// <param name="Out">Output channels without the added ones.</param>
/// <param name="Rectify">Whether a ReLU follows.</param>
/// <param name="Weight">Packed; not owned by this record.</param>
/// <param name="Bias">[Out]; not owned by this record.</param>
internal sealed record FusedConvolution(FusedKernels Kernels, Layer Layer, int Out, bool Rectify, Tensor Weight, Tensor Bias)
{
    public bool IsWidened => Layer.Out != Out;

    /// <param name="x">[N, In, H, W], channels last.</param>
    public Tensor Run(Tensor x)
    {
        var y = Kernels.Convolution(x, Weight, Bias, Layer, Rectify);
        return IsWidened ? ConvolutionPath.Narrow(y, Layer with { Out = Out }) : y;
    }
}
