using System.Globalization;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// All layers of a scoring network as one TorchScript method, for one shape of images. A call from C# costs about as much as a small layer,
/// which matters for a single image.
/// </summary>
internal sealed class SingleCall
{
    private const string Name = "layers";
    private readonly TorchScript script;
    private readonly Tensor[] weights;

    private SingleCall(TorchScript script, Tensor[] weights) => (this.script, this.weights) = (script, weights);

    /// <summary>Null if TorchScript cannot express a layer.</summary>
    /// <param name="layers">The layers in order, each with the shape of its input and, for a convolution, its kernel.</param>
    public static SingleCall? Of(IReadOnlyList<(Layer Layer, FusedConvolution? Convolution, long[] Input)> layers)
    {
        var weights = new List<Tensor>();
        var lines = new List<string>();
        foreach (var (layer, convolution, input) in layers)
        {
            if (layer.Kind == LayerKind.Convolution && convolution is null)
                return null;
            lines.AddRange(convolution is null ? [$"x = {Text(layer)}"] : Text(convolution, input, weights.Count));
            if (convolution is not null)
                weights.AddRange([convolution.Weight, convolution.Bias]);
        }

        List<string> arguments = ["x", .. weights.Select((_, i) => $"w{i}")];
        return TorchScript.Load([new(Name, arguments, lines, "x")]) is { } script ? new SingleCall(script, [.. weights]) : null;
    }

    /// <param name="x">Images [N, C, H, W] of the shape it was made for, prepared and channels last.</param>
    /// <returns>Logits [N, K].</returns>
    public Tensor Run(Tensor x) => script.Call(Name, [x, .. weights]);

    private static IEnumerable<string> Text(FusedConvolution convolution, long[] input, int place)
    {
        var layer = convolution.Layer;
        var isProduct = ConvolutionPath.RunsAsProduct(layer, convolution.Bias.dtype);
        if (isProduct)
            yield return $"x = torch.reshape(torch.permute(x, [0, 2, 3, 1]), [-1, {layer.In}])";
        yield return $"x = {FusedKernels.Text(isProduct, layer, convolution.Rectify, "x", $"w{place}", $"w{place + 1}")}";
        if (isProduct)
            yield return $"x = torch.permute(torch.view(x, [{input[0]}, {input[2]}, {input[3]}, {layer.Out}]), [0, 3, 1, 2])";
        if (convolution.IsWidened)
            yield return $"x = torch.contiguous(torch.narrow(x, 1, 0, {convolution.Out}), memory_format=2)";
    }

    private static string Text(Layer layer)
    {
        var (kernel, stride, padding) = (Square(layer.Kernel), Square(layer.Stride), Square(layer.Padding));
        return layer.Kind switch
        {
            LayerKind.ReLU => "torch.relu_(x)",
            LayerKind.MaxPool => $"torch.max_pool2d(x, {kernel}, {stride}, {padding})",
            LayerKind.AveragePool => $"torch.avg_pool2d(x, {kernel}, {stride}, {padding}, False, False)",
            _ => "torch.mean(x, [2, 3], False, dtype=6)",
        };

        static string Square(int side) => string.Create(CultureInfo.InvariantCulture, $"[{side}, {side}]");
    }
}
