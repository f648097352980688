using System.Collections.Concurrent;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// oneDNN's convolution and matrix product with bias and ReLU inside and weights laid out once for the kernel: libtorch has them for
/// its compiler, for inference on the CPU. TorchSharp has no call for them, and TorchScript source may not name them, but a serialised
/// TorchScript module may: one is written here and loaded. Off with the environment variable NIN_FUSED_KERNELS=off.
/// </summary>
internal sealed class FusedKernels
{
    // Python's pickle, protocol 2, of a Fused() whose attribute training is false.
    private static readonly byte[] Instance =
        [.. "\u0080\u0002c__torch__\nFused\nq\0)\u0081}(X\u0008\0\0\0trainingq\u0001\u0089ub.".Select(c => (byte)c)];
    private static readonly bool On = Environment.GetEnvironmentVariable("NIN_FUSED_KERNELS") != "off";
    private static readonly ConcurrentDictionary<(int Stride, int Padding), Lazy<FusedKernels?>> Loaded = new();
    private static readonly string[] Endings = ["none", "relu"];
    private readonly jit.ScriptModule module;

    private FusedKernels(jit.ScriptModule module) => this.module = module;

    /// <summary>The kernels for a layer; null where there are none. What they compute must be checked before it is trusted.</summary>
    public static FusedKernels? For(Layer layer, Device device) => On && device.type == DeviceType.CPU
        ? Loaded.GetOrAdd((layer.Stride, layer.Padding), static key => new Lazy<FusedKernels?>(() => Load(key.Stride, key.Padding))).Value
        : null;

    /// <summary>
    /// A weight [Out, In, k, k], channels last, in the layout that the kernel wants for images like <paramref name="x"/>: it depends
    /// on their number and size and on the threads. With a weight of another layout every call would lay it out anew.
    /// </summary>
    public Tensor Pack(Tensor weight, Tensor x, Layer layer) => ConvolutionPath.RunsAsProduct(layer, weight.dtype)
        ? Call("pack_linear", weight.reshape(layer.Out, layer.In), MemoryLayout.ToPixels(x))
        : Call("pack_convolution", weight, x);

    /// <summary>A packed weight's layout; two with the same name may stand in for each other.</summary>
    public string LayoutOf(Tensor packed)
    {
        using var description = Call("layout", packed);
        return Convert.ToHexStringLower(description.bytes);
    }

    /// <summary>The layer's output, [N, Out, H, W], channels last; without gradients.</summary>
    public Tensor Convolution(Tensor x, Tensor packed, Tensor bias, Layer layer, bool rectify)
    {
        var ending = rectify ? "relu" : "none";
        return ConvolutionPath.RunsAsProduct(layer, x.dtype)
            ? MemoryLayout.FromPixels(Call($"linear_{ending}", MemoryLayout.ToPixels(x), packed, bias), x, layer.Out)
            : Call($"convolution_{ending}", x, packed, bias);
    }

    private static FusedKernels? Load(int stride, int padding)
    {
        try
        {
            return new FusedKernels(jit.load(Archive(Code(stride, padding))));
        }
        catch (Exception e) when (e is ExternalException or InvalidOperationException)
        {
            return null;
        }
    }

    // Numbers and endings are part of the text: TorchSharp passes no text to a script, and a number as an object that the garbage
    // collector may free during the call.
    private static string Code(int stride, int padding)
    {
        var window = $"[{padding}, {padding}], [{stride}, {stride}], [1, 1], 1";
        const string noScalars = "annotate(List[Optional[number]], []), None";
        var endings = Endings.Select(ending => $"""
              def convolution_{ending}(self: __torch__.Fused,
                x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
                return ops.mkldnn._convolution_pointwise(x, weight, bias, {window}, "{ending}", {noScalars})
              def linear_{ending}(self: __torch__.Fused,
                x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
                return ops.mkldnn._linear_pointwise(x, weight, bias, "{ending}", {noScalars})
            """);
        return $"""
            class Fused(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
            {string.Join("\n", endings)}
              def pack_convolution(self: __torch__.Fused,
                weight: Tensor, x: Tensor) -> Tensor:
                return ops.mkldnn._reorder_convolution_weight(weight, {window}, torch.size(x))
              def pack_linear(self: __torch__.Fused,
                weight: Tensor, x: Tensor) -> Tensor:
                return ops.mkldnn._reorder_linear_weight(weight, torch.size(x, 0))
              def layout(self: __torch__.Fused,
                weight: Tensor) -> Tensor:
                return ops.mkldnn._get_mkldnn_serialized_md(weight)

            """;
    }

    private static byte[] Archive(string code)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in new[]
            {
                ("data.pkl", Instance), ("code/__torch__.py", Encoding.UTF8.GetBytes(code.ReplaceLineEndings("\n"))),
                ("constants.pkl", [0x80, 2, (byte)')', (byte)'.']), ("version", "3\n"u8.ToArray()),
            })
            {
                using var entry = zip.CreateEntry($"fused/{name}", CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    private Tensor Call(string name, params Tensor[] tensors)
    {
        var result = (Tensor)module.invoke<object>(name, tensors);
        GC.KeepAlive(tensors);
        return result;
    }
}
