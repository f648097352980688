using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>A convolution that a fused kernel computes for one size of batch, with the weight laid out for it.</summary>
/// <param name="Kernels">What computes it.</param>
/// <param name="Layer">Its sizes, with the zero channels that were added.</param>
/// <param name="Out">Output channels without them.</param>
/// <param name="Rectify">Whether a ReLU follows.</param>
/// <param name="Weight">Packed; not this record's own.</param>
/// <param name="Bias">[Out]; not this record's own.</param>
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
