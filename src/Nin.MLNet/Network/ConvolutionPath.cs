using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>One way to compute a convolution, with gradients.</summary>
/// <param name="Method">How.</param>
/// <param name="Type">Number format of the arithmetic; inputs are cast to it, the output is cast back.</param>
internal sealed record ConvolutionPath(ConvolutionMethod Method, ScalarType Type)
{
    /// <summary>The kernels work on blocks of 16 or 32 channels.</summary>
    public const int WideMultiple = 32;

    /// <summary>
    /// The ways to compute a layer in a format with the given number of threads, fastest first. The last is always right.
    /// </summary>
    public static IReadOnlyList<ConvolutionPath> For(Layer layer, ScalarType type, int threads)
    {
        List<ConvolutionPath> paths = [];
        if (TrainingConvolution.Suits(layer, type, threads))
            paths.Add(new(ConvolutionMethod.Winograd, type));
        paths.AddRange([new(ConvolutionMethod.Direct, type), new(ConvolutionMethod.Widened, type)]);
        if (type != ScalarType.Float32)
            paths.AddRange([new(ConvolutionMethod.Direct, ScalarType.Float32), new(ConvolutionMethod.Widened, ScalarType.Float32)]);
        return [.. paths, new(ConvolutionMethod.Unfolded, ScalarType.Float32)];
    }

    /// <summary>Whether a layer is computed as a plain matrix product over the pixels.</summary>
    /// <remarks>In bfloat16 libtorch's 1x1 convolution takes about twice as long as the product; in float32 it is faster.</remarks>
    public static bool RunsAsProduct(Layer layer, ScalarType type) => layer.IsPointwise && type == ScalarType.BFloat16;

    /// <summary>A layer with zero channels added to its output, with its weight [Out, In, k, k] and bias [Out].</summary>
    public static (Layer Layer, Tensor Weight, Tensor Bias) Widen(Layer layer, Tensor weight, Tensor bias)
    {
        var extra = ((layer.Out + WideMultiple - 1) / WideMultiple * WideMultiple) - layer.Out;
        var wide = MemoryLayout.ChannelsLast(nn.functional.pad(weight, [0, 0, 0, 0, 0, 0, 0, extra]));
        return (layer with { Out = layer.Out + extra }, wide, nn.functional.pad(bias, [0, extra]));
    }

    /// <summary>Removes what <see cref="Widen"/> added: [N, Out, H, W], channels last.</summary>
    public static Tensor Narrow(Tensor y, Layer layer) => MemoryLayout.ChannelsLast(y.narrow(1, 0, layer.Out));

    /// <param name="x">Images: [N, In, H, W].</param>
    /// <param name="weight">[Out, In, k, k].</param>
    /// <param name="bias">[Out].</param>
    /// <param name="layer">Its sizes.</param>
    /// <param name="rectify">
    /// Whether a ReLU follows directly. It works in place on the fresh product: on a view of it, autograd would copy the whole gradient.
    /// </param>
    /// <param name="cuts">Records what the gradients need that autograd does not know of.</param>
    /// <returns>[N, Out, H, W], channels last, in the format of <paramref name="x"/>.</returns>
    public Tensor Run(Tensor x, Tensor weight, Tensor bias, Layer layer, bool rectify, GraphCuts cuts)
    {
        var (images, kernel, shift) = (As(x, Type), As(weight, Type), As(bias, Type));
        var y = Method switch
        {
            ConvolutionMethod.Winograd => TrainingConvolution.Run(images, kernel, shift, layer, rectify, cuts),
            ConvolutionMethod.Direct => Direct(images, kernel, shift, layer, rectify),
            ConvolutionMethod.Widened => Widened(images, kernel, shift, layer, rectify),
            _ => Unfolded(images, kernel, shift, layer, rectify),
        };
        return As(y, x.dtype);
    }

    public override string ToString() => Method switch
    {
        ConvolutionMethod.Winograd => $"{Name(Type)} by Winograd's method",
        ConvolutionMethod.Direct => $"{Name(Type)}",
        ConvolutionMethod.Widened => $"{Name(Type)} with zero channels added up to a multiple of {WideMultiple}",
        _ => $"a {Name(Type)} matrix product over all windows",
    };

    /// <summary>
    /// Casts a tensor to a format. Returns the tensor itself if it already has it, because cuts identify their tensors by reference.
    /// </summary>
    private static Tensor As(Tensor tensor, ScalarType type) => tensor.dtype == type ? tensor : tensor.to(type);

    private static string Name(ScalarType type) => type.ToString().ToLowerInvariant();

    private static Tensor Direct(Tensor x, Tensor weight, Tensor bias, Layer layer, bool rectify)
    {
        // oneDNN's weight gradient of such a layer of few channels writes beyond its memory (its issue 6035): take the pixels first.
        if (layer is { Kernel: 1, Padding: 0, Stride: > 1 })
        {
            var taken = x.slice(2, 0, x.shape[2], layer.Stride).slice(3, 0, x.shape[3], layer.Stride);
            (x, layer) = (MemoryLayout.ChannelsLast(taken), layer with { Stride = 1 });
        }

        if (!RunsAsProduct(layer, x.dtype))
            return Rectify(nn.functional.conv2d(x, weight, bias, [layer.Stride, layer.Stride], [layer.Padding, layer.Padding]), rectify);
        var product = nn.functional.linear(MemoryLayout.ToPixels(x), weight.reshape(layer.Out, layer.In), bias);
        return MemoryLayout.FromPixels(Rectify(product, rectify), x, layer.Out);
    }

    private static Tensor Widened(Tensor x, Tensor weight, Tensor bias, Layer layer, bool rectify)
    {
        var wide = Widen(layer, weight, bias);
        return Narrow(Direct(x, wide.Weight, wide.Bias, wide.Layer, rectify), layer);
    }

    private static Tensor Unfolded(Tensor x, Tensor weight, Tensor bias, Layer layer, bool rectify)
    {
        int kernel = layer.Kernel, stride = layer.Stride, padding = layer.Padding;
        // [N, In*k*k, pixels] to one row per pixel, so that the product's output is channels last.
        var windows = nn.functional.unfold(x, (kernel, kernel), null, (padding, padding), (stride, stride)).transpose(1, 2);
        var product = nn.functional.linear(windows, weight.reshape(layer.Out, -1), bias);
        var (height, width) = (layer.OutputSide((int)x.shape[2]), layer.OutputSide((int)x.shape[3]));
        return Rectify(product, rectify).view(x.shape[0], height, width, layer.Out).permute(0, 3, 1, 2);
    }

    private static Tensor Rectify(Tensor fresh, bool rectify) => rectify ? fresh.relu_() : fresh;
}
