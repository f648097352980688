using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>Everything that determines which of its kernels libtorch uses for a convolution.</summary>
/// <param name="Layer">Its sizes, without its name.</param>
/// <param name="Type">Number format of the images.</param>
/// <param name="Images">Images in the batch.</param>
/// <param name="Height">Their height, in pixels.</param>
/// <param name="Width">Their width, in pixels.</param>
/// <param name="Threads">Number of threads that libtorch uses.</param>
/// <param name="WeightGradient">Whether a backward pass will ask for the gradients of weight and bias.</param>
/// <param name="InputGradient">Whether it will ask for the gradient of the images.</param>
internal sealed record ConvolutionCase(
    Layer Layer, ScalarType Type, long Images, long Height, long Width, int Threads, bool WeightGradient, bool InputGradient)
{
    public static ConvolutionCase Of(Layer layer, Tensor x, bool weightGradient, bool inputGradient) => new(
        layer with { Name = "", Group = 0 }, x.dtype, x.shape[0], x.shape[2], x.shape[3], get_num_threads(), weightGradient, inputGradient);
}
