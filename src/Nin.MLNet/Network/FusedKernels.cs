using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// oneDNN's convolution and matrix product with built-in bias and ReLU, and with weights laid out once for the kernel. libtorch has them
/// for its compiler, for inference on the CPU. TorchSharp has no call for them, so a <see cref="TorchScript"/> calls them.
/// </summary>
internal sealed class FusedKernels
{
    private static readonly ConcurrentDictionary<(int Stride, int Padding), Lazy<FusedKernels?>> Loaded = new();
    private readonly TorchScript script;

    /// <summary>
    /// libtorch for x86-64 has oneDNN; builds for others may not, and a script that names a missing operator ends the process.
    /// </summary>
    private static bool AreInLibtorch => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    private FusedKernels(TorchScript script) => this.script = script;

    /// <summary>The kernels for a layer; null if there are none. Their results must be checked before they are trusted.</summary>
    public static FusedKernels? For(Layer layer, Device device) => Kernels.FastOnesAreOn && AreInLibtorch && device.type == DeviceType.CPU
        ? Loaded.GetOrAdd((layer.Stride, layer.Padding), _ => new Lazy<FusedKernels?>(
            () => Load(layer), LazyThreadSafetyMode.PublicationOnly)).Value
        : null;

    /// <summary>
    /// A weight [Out, In, k, k], channels last, in the layout that the kernel wants for images like <paramref name="x"/>. The layout
    /// depends on their number and size and on the threads. With any other layout, every call would lay out the weight anew.
    /// </summary>
    /// <returns>The weight and its layout's name: two weights with the same layout name are interchangeable.</returns>
    public (Tensor Weight, string Layout) Pack(Tensor weight, Tensor x, Layer layer)
    {
        var packed = ConvolutionPath.RunsAsProduct(layer, weight.dtype)
            ? script.Call("pack_product", weight.reshape(layer.Out, layer.In), MemoryLayout.ToPixels(x))
            : script.Call("pack_convolution", weight, x);
        using var description = script.Call("layout", packed);
        return (packed, Convert.ToHexStringLower(description.bytes));
    }

    /// <summary>The layer's output, [N, Out, H, W], channels last; without gradients.</summary>
    public Tensor Convolution(Tensor x, Tensor packed, Tensor bias, Layer layer, bool rectify)
    {
        var isProduct = ConvolutionPath.RunsAsProduct(layer, x.dtype);
        var y = script.Call(Name(isProduct, rectify), isProduct ? MemoryLayout.ToPixels(x) : x, packed, bias);
        return isProduct ? MemoryLayout.FromPixels(y, x, layer.Out) : y;
    }

    /// <summary>
    /// TorchScript that calls a layer's kernel on the images (or a row for each pixel), the weight and the bias with the given names.
    /// </summary>
    public static string Text(bool isProduct, Layer layer, bool rectify, string x, string weight, string bias)
    {
        var ending = $"\"{(rectify ? "relu" : "none")}\", annotate(List[Optional[number]], []), None";
        return isProduct
            ? $"ops.mkldnn._linear_pointwise({x}, {weight}, {bias}, {ending})"
            : $"ops.mkldnn._convolution_pointwise({x}, {weight}, {bias}, {Window(layer)}, {ending})";
    }

    private static FusedKernels? Load(Layer layer)
    {
        string[] images = ["x", "weight", "bias"];
        List<TorchScript.Method> methods =
        [
            new("pack_convolution", ["weight", "x"], [],
                $"ops.mkldnn._reorder_convolution_weight(weight, {Window(layer)}, torch.size(x))"),
            new("pack_product", ["weight", "x"], [], "ops.mkldnn._reorder_linear_weight(weight, torch.size(x, 0))"),
            new("layout", ["weight"], [], "ops.mkldnn._get_mkldnn_serialized_md(weight)"),
        ];
        foreach (var (isProduct, rectify) in new[] { (false, false), (false, true), (true, false), (true, true) })
            methods.Add(new(Name(isProduct, rectify), images, [], Text(isProduct, layer, rectify, images[0], images[1], images[2])));
        return TorchScript.Load(methods) is { } script ? new FusedKernels(script) : null;
    }

    private static string Name(bool isProduct, bool rectify) => $"{(isProduct ? "product" : "convolution")}_{(rectify ? "relu" : "none")}";

    private static string Window(Layer layer) => FormattableString.Invariant(
        $"[{layer.Padding}, {layer.Padding}], [{layer.Stride}, {layer.Stride}], [1, 1], 1");
}
