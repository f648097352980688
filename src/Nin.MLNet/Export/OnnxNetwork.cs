using Microsoft.ML.Data;
using Nin.MLNet.Hosting;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Export;

/// <summary>
/// Writes a scoring network into an ONNX graph: from a column of raw images to the columns Score and PredictedLabel. Operators are those of
/// sets 9 to 12, all that ML.NET's converter writes; weights are float32.
/// </summary>
internal sealed class OnnxNetwork(
    OnnxGraph graph, NinImageLayout layout, Normalization normalization, int? resizeTo, double temperature, bool withMirrorImages)
{
    /// <summary>The oldest operator set that has all operators used here.</summary>
    public const int OperatorSet = 9;

    /// <param name="network">The network.</param>
    /// <param name="images">The value of the features column, [N, ...] as the layout says.</param>
    /// <param name="score">The column of scores, with its type.</param>
    /// <param name="predicted">The column of keys, with its type.</param>
    public void Write(
        NinNetwork network, string images, (string Name, DataViewType Type) score, (string Name, DataViewType Type) predicted)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var pixels = Planar(images);
        var broken = graph.Apply(
            "ReduceSum", [graph.Apply("Mul", [pixels, graph.Constant("zero", [0f], 1)])], ("axes", (long[])[1, 2, 3]), ("keepdims", 1L));
        var x = Resize(Normalize(withMirrorImages ? WithMirrorImages(pixels) : pixels));
        foreach (var layer in FoldedLayer.Of(network))
            x = Layer(layer, x);
        // 0, or NaN if a pixel is not a finite number: such a row has no scores.
        var rowsBroken = graph.Apply("Flatten", [broken], ("axis", 1L));
        var logits = graph.Apply("Flatten", [x], ("axis", 1L));
        var tempered = temperature == 1
            ? logits
            : graph.Apply("Mul", [logits, graph.Constant("inverseTemperature", [(float)(1 / temperature)], 1)]);
        var scores = graph.Apply("Softmax", [tempered], ("axis", 1L));
        if (withMirrorImages)
            scores = MeanOfBoth(scores, network.Architecture.Classes);
        graph.SetColumn(score.Name, score.Type, "Add", [scores, rowsBroken]);
        Predict(scores, rowsBroken, predicted);
    }

    /// <summary>
    /// [N, C, H, W] to [2 N, C, H, W]: the images, then their mirror images. It uses a product, since operator set 9 cannot reverse.
    /// </summary>
    private string WithMirrorImages(string pixels)
    {
        var width = layout.Shape.Width;
        var reversal = new float[width * width];
        for (var i = 0; i < width; i++)
            reversal[(i * width) + width - 1 - i] = 1;
        return graph.Apply(
            "Concat", [pixels, graph.Apply("MatMul", [pixels, graph.Constant("reversal", reversal, width, width)])], ("axis", 0L));
    }

    /// <summary>[2 N, K] to [N, K].</summary>
    private string MeanOfBoth(string scores, int classes) => graph.Apply(
        "ReduceMean", [graph.Apply("Reshape", [scores, graph.Constant("both", 2, -1, classes)])], ("axes", (long[])[0]), ("keepdims", 0L));

    /// <summary>[N, C, H, W].</summary>
    private string Planar(string images)
    {
        var (c, h, w) = (layout.Shape.Channels, layout.Shape.Height, layout.Shape.Width);
        if (!layout.ChannelsLast || c == 1)
            return graph.Apply("Reshape", [images, graph.Constant("planar", -1, c, h, w)]);
        var pixels = graph.Apply("Reshape", [images, graph.Constant("interleaved", -1, h, w, c)]);
        return graph.Apply("Transpose", [pixels], ("perm", (long[])[0, 3, 1, 2]));
    }

    private string Normalize(string pixels)
    {
        long[] perChannel = [1, normalization.Mean.Length, 1, 1];
        var centred = graph.Apply("Sub", [pixels, graph.Constant("mean", normalization.Mean, perChannel)]);
        float[] scale = [.. normalization.Std.Select(std => 1 / std)];
        return graph.Apply("Mul", [centred, graph.Constant("scale", scale, perChannel)]);
    }

    /// <summary>
    /// Resizes with two matrix products, exact for any sizes: ONNX smooths when shrinking only from set 18 on, and ML.NET writes 12.
    /// </summary>
    private string Resize(string x)
    {
        var (height, width) = (layout.Shape.Height, layout.Shape.Width);
        if (resizeTo is not { } side || (side == height && side == width))
            return x;
        var shrinks = InputPreparation.Shrinks(height, width, side);
        var rows = graph.Constant("rows", InputPreparation.ResizeMatrix(height, side, shrinks), side, height);
        var columns = graph.Constant("columns", Transposed(InputPreparation.ResizeMatrix(width, side, shrinks), side, width), width, side);
        return graph.Apply("MatMul", [graph.Apply("MatMul", [rows, x]), columns]);
    }

    private string Layer(FoldedLayer folded, string x)
    {
        var layer = folded.Layer;
        (string, object)[] window =
        [
            ("kernel_shape", (long[])[layer.Kernel, layer.Kernel]),
            ("strides", (long[])[layer.Stride, layer.Stride]),
            ("pads", (long[])[layer.Padding, layer.Padding, layer.Padding, layer.Padding]),
        ];
        switch (layer.Kind)
        {
            case LayerKind.Convolution:
                var weight = graph.Constant(
                    $"{layer.Name}.weight", Values(folded.Weight!), layer.Out, layer.In, layer.Kernel, layer.Kernel);
                var bias = graph.Constant($"{layer.Name}.bias", Values(folded.Bias!), layer.Out);
                var sum = graph.Apply("Conv", [x, weight, bias], window);
                return folded.Rectifies ? graph.Apply("Relu", [sum]) : sum;
            case LayerKind.ReLU:
                return graph.Apply("Relu", [x]);
            case LayerKind.MaxPool:
                return graph.Apply("MaxPool", [x], window);
            case LayerKind.AveragePool:
                return graph.Apply("AveragePool", [x], [.. window, ("count_include_pad", 0L)]);
            default:
                return graph.Apply("GlobalAveragePool", [x]);
        }
    }

    /// <summary>The most likely class, counted from 1 as keys are; 0 (missing) for a row without scores.</summary>
    private void Predict(string scores, string rowsBroken, (string Name, DataViewType Type) predicted)
    {
        var best = graph.Apply("ArgMax", [scores], ("axis", 1L), ("keepdims", 1L));
        var key = graph.Apply("Add", [best, graph.Constant("one", 1L)]);
        var whole = graph.Apply("Not", [graph.Apply("IsNaN", [rowsBroken])]);
        var known = graph.Apply("Mul", [key, graph.Apply("Cast", [whole], ("to", typeof(long)))]);
        graph.SetColumn(predicted.Name, predicted.Type, "Cast", [known], ("to", typeof(uint)));
    }

    private static float[] Values(Tensor tensor) => tensor.detach().cpu().contiguous().data<float>().ToArray();

    private static float[] Transposed(float[] matrix, int rows, int columns) =>
        [.. Enumerable.Range(0, rows * columns).Select(i => matrix[(i % rows * columns) + (i / rows)])];
}
