using Nin.MLNet.Arithmetic;

namespace Nin.MLNet.Network;

/// <summary>
/// One layer of the flat plan that a <see cref="NinArchitecture"/> expands to: the only description from which the network, the summary and
/// the names of the weights are made.
/// </summary>
/// <param name="Name">Index in PyTorch's nn.Sequential of the same network ("0.2"); weights are named after it.</param>
/// <param name="Group">Index at the top level: a block with all its layers is one group.</param>
/// <param name="Kind">What it computes.</param>
/// <param name="In">Input channels.</param>
/// <param name="Out">Output channels.</param>
internal sealed record Layer(string Name, int Group, LayerKind Kind, int In, int Out)
{
    public int Kernel { get; init; } = 1;

    public int Stride { get; init; } = 1;

    public int Padding { get; init; }

    /// <summary>Share of values dropped, for a dropout layer.</summary>
    public double Rate { get; init; }

    /// <summary>A 1x1 convolution: the same matrix product at every pixel.</summary>
    public bool IsPointwise => Kind == LayerKind.Convolution && Window.IsPointwise;

    /// <summary>The window of a convolution or pooling.</summary>
    public WindowSizes Window => new(In, Out, Kernel, Stride, Padding);

    /// <summary>Values that a convolution reads for one pixel of its output.</summary>
    public long PatchValues => (long)In * Kernel * Kernel;

    /// <summary>Trainable parameters.</summary>
    public long Parameters => Kind switch
    {
        LayerKind.Convolution => (PatchValues * Out) + Out,
        LayerKind.BatchNorm => 2L * Out,
        _ => 0,
    };

    /// <summary>Output side for an input of side <paramref name="side"/>, in pixels; 0 or less if the window does not fit.</summary>
    public int OutputSide(int side) => Kind switch
    {
        LayerKind.Convolution or LayerKind.MaxPool or LayerKind.AveragePool => Window.OutputSide(side),
        LayerKind.GlobalAveragePool => 1,
        _ => side,
    };

    /// <summary>Multiply-adds for one image whose output of this layer is <paramref name="height"/> x <paramref name="width"/>.</summary>
    public long MultiplyAdds(int height, int width) =>
        Kind == LayerKind.Convolution ? PatchValues * Out * height * width : 0;

    public override string ToString() => Kind switch
    {
        LayerKind.Convolution => $"Conv2d({In} -> {Out}, kernel {Kernel}x{Kernel}, stride {Stride}, padding {Padding})",
        LayerKind.BatchNorm => $"BatchNorm2d({Out})",
        LayerKind.ReLU => "ReLU",
        LayerKind.MaxPool => $"MaxPool2d(kernel {Kernel}x{Kernel}, stride {Stride}, padding {Padding})",
        LayerKind.AveragePool => $"AvgPool2d(kernel {Kernel}x{Kernel}, stride {Stride}, padding {Padding})",
        LayerKind.Dropout => FormattableString.Invariant($"Dropout({Rate})"),
        LayerKind.GlobalAveragePool => $"GlobalAveragePool({In} -> {Out}, 1x1)",
        _ => "Flatten",
    };
}
