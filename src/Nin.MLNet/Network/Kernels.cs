using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>The arithmetic of single layers on channels-last [N, C, H, W] tensors.</summary>
internal static class Kernels
{
    public const double BatchNormEpsilon = 1e-5;

    /// <param name="x">Images: [N, In, H, W].</param>
    /// <param name="weight">[Out, In, kh, kw].</param>
    /// <param name="bias">[Out].</param>
    /// <param name="layer">Its sizes.</param>
    /// <param name="rectify">Whether a ReLU follows at once. It works in place on the fresh product: on a view of it, autograd would copy the whole gradient.</param>
    public static Tensor Convolution(Tensor x, Tensor weight, Tensor bias, Layer layer, bool rectify)
    {
        // In bfloat16 a 1x1 convolution is about twice as fast as the matrix product it is, over the pixels [N*H*W, C];
        // in float32 the convolution's own kernel is the faster one.
        if (!layer.IsPointwise || x.dtype != ScalarType.BFloat16)
        {
            var convolved = nn.functional.conv2d(x, weight, bias, [layer.Stride, layer.Stride], [layer.Padding, layer.Padding]);
            return rectify ? convolved.relu_() : convolved;
        }

        var product = nn.functional.linear(ToPixels(x), weight.reshape(layer.Out, layer.In), bias);
        return FromPixels(rectify ? product.relu_() : product, x, layer);
    }

    /// <summary>[N, C, H, W], channels last, to a row a pixel: [N*H*W, C]; a view.</summary>
    public static Tensor ToPixels(Tensor x) => x.permute(0, 2, 3, 1).reshape(-1, x.shape[1]);

    /// <summary>A row a pixel, [N*H*W, Out], to [N, Out, H, W], channels last, N, H and W being those of <paramref name="like"/>; a view.</summary>
    public static Tensor FromPixels(Tensor pixels, Tensor like, Layer layer) =>
        pixels.view(like.shape[0], like.shape[2], like.shape[3], layer.Out).permute(0, 3, 1, 2);

    public static Tensor MaxPool(Tensor x, Layer layer) =>
        nn.functional.max_pool2d(x, [layer.Kernel, layer.Kernel], [layer.Stride, layer.Stride], [layer.Padding, layer.Padding]);

    public static Tensor AveragePool(Tensor x, Layer layer) =>
        nn.functional.avg_pool2d(x, [layer.Kernel, layer.Kernel], [layer.Stride, layer.Stride], [layer.Padding, layer.Padding], count_include_pad: false);

    /// <summary>[N, C, H, W] to [N, C], averaged in float32.</summary>
    public static Tensor GlobalAveragePool(Tensor x) => x.mean([2, 3], type: ScalarType.Float32);

    /// <summary>Zeroes a share of the values and scales the rest up; the draw comes from <paramref name="random"/>, never from the global generator.</summary>
    public static Tensor Dropout(Tensor x, double rate, DropoutRandom random) => x.mul(random.Mask(x.shape, 1 - rate, x.dtype).to(x.device));
}
