namespace Nin.MLNet.Network;

/// <summary>How a convolution is computed.</summary>
internal enum ConvolutionMethod
{
    /// <summary>Our own arithmetic with fewer multiplications; see <see cref="TrainingConvolution"/>.</summary>
    Winograd,

    /// <summary>libtorch's own kernel for it.</summary>
    Direct,

    /// <summary>
    /// The same, with zero channels added to the output up to a multiple of <see cref="ConvolutionPath.WideMultiple"/>: the faulty kernels
    /// go wrong in a block of channels that is not full.
    /// </summary>
    Widened,

    /// <summary>
    /// A matrix product over copied windows: slow and memory-hungry, but it needs no convolution kernel that could be wrong.
    /// </summary>
    Unfolded,
}
