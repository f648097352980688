using Nin.MLNet.Arithmetic;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// <see cref="WinogradConvolution"/> on tensors, as part of autograd's graph. The weights are transformed in every call.
/// </summary>
internal static unsafe class TrainingConvolution
{
    /// <summary>Whether a layer is computed this way on this processor with the given number of libtorch threads.</summary>
    public static bool Suits(Layer layer, ScalarType type, int threads) =>
        Kernels.OwnOnesAreUsed && type == ScalarType.Float32 && threads == 1 && WinogradConvolution.Suits(layer.Window);

    /// <summary>The convolution's output, [N, Out, H', W'], channels last; the start of a new graph if gradients are recorded.</summary>
    /// <param name="x">[N, In, H, W], channels last, float32.</param>
    /// <param name="weight">[Out, In, k, k].</param>
    /// <param name="bias">[Out].</param>
    /// <param name="layer">Its sizes.</param>
    /// <param name="rectify">Whether a ReLU follows.</param>
    /// <param name="cuts">Records the backward pass.</param>
    public static Tensor Run(Tensor x, Tensor weight, Tensor bias, Layer layer, bool rectify, GraphCuts cuts)
    {
        var records = is_grad_enabled() && (x.requires_grad || weight.requires_grad || bias.requires_grad);
        using var _ = no_grad();
        var y = Forward(x, weight, bias, layer, rectify);
        return records ? cuts.Add(x, y, gradient => Backward(x, weight, bias, y, gradient, layer, rectify)) : y;
    }

    /// <param name="x">[N, In, H, W].</param>
    /// <param name="weight">[Out, In, k, k].</param>
    /// <param name="bias">[Out].</param>
    /// <param name="y">The output.</param>
    /// <param name="gradient">The output's gradient, [N, Out, H', W'].</param>
    /// <param name="layer">Its sizes.</param>
    /// <param name="rectify">Whether a ReLU follows.</param>
    private static void Backward(Tensor x, Tensor weight, Tensor bias, Tensor y, Tensor gradient, Layer layer, bool rectify)
    {
        // After a ReLU an output's sign is 0 or 1.
        gradient = rectify ? gradient.mul(y.sign()) : gradient;
        List<Tensor> inputs = [], gradients = [];
        if (weight.requires_grad)
        {
            inputs.Add(weight);
            gradients.Add(WeightGradient(x, gradient, layer));
        }

        if (bias.requires_grad)
        {
            inputs.Add(bias);
            gradients.Add(gradient.sum([0L, 2L, 3L]));
        }

        if (x.requires_grad)
        {
            inputs.Add(x);
            gradients.Add(InputGradient(gradient, weight, x.shape, layer));
        }

        autograd.backward(inputs, gradients);
    }

    private static Tensor Forward(Tensor x, Tensor weight, Tensor bias, Layer layer, bool rectify)
    {
        var shape = WinogradShape.Of(layer.Window, MemoryLayout.SizesOf(x.shape));
        return Convolve(x, weight.permute(1, 2, 3, 0), turned: false, bias, shape, rectify);
    }

    /// <summary>The images' gradient, [N, In, H, W], channels last.</summary>
    /// <param name="gradient">The outputs' gradient, [N, Out, H', W'].</param>
    /// <param name="weight">[Out, In, k, k].</param>
    /// <param name="images">Shape of the images.</param>
    /// <param name="layer">Its sizes.</param>
    private static Tensor InputGradient(Tensor gradient, Tensor weight, long[] images, Layer layer)
    {
        var none = zeros(layer.In, dtype: ScalarType.Float32, device: CPU);
        var shape = WinogradShape.Of(layer.Window, MemoryLayout.SizesOf(images)).OfInputGradient;
        return Convolve(gradient, weight.permute(0, 2, 3, 1), turned: true, none, shape, rectify: false);
    }

    /// <summary>The weights' gradient, [Out, In, k, k].</summary>
    /// <param name="x">[N, In, H, W].</param>
    /// <param name="gradient">The outputs' gradient, [N, Out, H', W'].</param>
    /// <param name="layer">Its sizes.</param>
    private static Tensor WeightGradient(Tensor x, Tensor gradient, Layer layer)
    {
        using var scope = NewDisposeScope();
        var shape = WinogradShape.Of(layer.Window, MemoryLayout.SizesOf(x.shape));
        var (images, outputs) = (MemoryLayout.ToImages(x), MemoryLayout.ToImages(gradient));
        var work = MemoryLayout.Floats(WinogradConvolution.WeightGradientFloats(shape));
        var result = MemoryLayout.Floats((long)layer.In * layer.Kernel * layer.Kernel * layer.Out);
        WinogradConvolution.WeightGradient(
            MemoryLayout.At(images), MemoryLayout.At(outputs), shape, MemoryLayout.At(result), MemoryLayout.At(work));
        return result.view(layer.In, layer.Kernel, layer.Kernel, layer.Out).permute(3, 0, 1, 2).MoveToOuterDisposeScope();
    }

    /// <param name="x">[N, C, H, W].</param>
    /// <param name="weight">[C, k, k, C'].</param>
    /// <param name="turned">Whether its windows are rotated by half a turn.</param>
    /// <param name="bias">[C'].</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="rectify">Whether a ReLU follows.</param>
    private static Tensor Convolve(Tensor x, Tensor weight, bool turned, Tensor bias, WinogradShape shape, bool rectify)
    {
        using var scope = NewDisposeScope();
        var (images, windows, shift) = (MemoryLayout.ToImages(x), weight.contiguous(), bias.contiguous());
        var panels = MemoryLayout.Floats(WinogradConvolution.PanelFloats(shape.In, shape.Out));
        WindowTransforms.ToPanels(MemoryLayout.At(windows), shape.Kernel, shape.In, shape.Out, turned, MemoryLayout.At(panels));
        var y = MemoryLayout.Floats((long)shape.Images * shape.OutHeight * shape.OutWidth * shape.Out);
        var work = MemoryLayout.Floats(WinogradConvolution.ForwardFloats(shape));
        WinogradConvolution.Forward(
            MemoryLayout.At(images), MemoryLayout.At(panels), MemoryLayout.At(shift), rectify, shape, MemoryLayout.At(y),
            MemoryLayout.At(work));
        return y.view(shape.Images, shape.OutHeight, shape.OutWidth, shape.Out).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }
}
