using System.IO.Compression;
using System.Text;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// oneDNN's convolution and matrix product with bias and ReLU inside and weights laid out once for the kernel: libtorch has them for
/// its compiler, for inference on the CPU. TorchSharp has no call for them, and TorchScript source may not name them, but a serialised
/// TorchScript module may: one is written here and loaded.
/// </summary>
internal sealed class FusedKernels
{
    // A method for each kind of ending: TorchSharp passes tensors and numbers to a script, but no text.
    private static readonly string Code = $"""
        class Fused(Module):
          __parameters__ = []
          __buffers__ = []
          training : bool
        {ConvolutionCode("none")}
        {ConvolutionCode("relu")}
        {LinearCode("none")}
        {LinearCode("relu")}
          def pack_convolution(self: __torch__.Fused,
            weight: Tensor, stride: int, padding: int) -> Tensor:
            return ops.mkldnn._reorder_convolution_weight(weight, [padding, padding], [stride, stride], [1, 1], 1, None)
          def pack_linear(self: __torch__.Fused,
            weight: Tensor) -> Tensor:
            return ops.mkldnn._reorder_linear_weight(weight, None)

        """;

    // Python's pickle, protocol 2, of a Fused() whose attribute training is false.
    private static readonly byte[] Instance = [.. "\u0080\u0002c__torch__\nFused\nq\0)\u0081}(X\u0008\0\0\0trainingq\u0001\u0089ub.".Select(c => (byte)c)];
    private static readonly Lazy<FusedKernels?> Loaded = new(Load);
    private readonly jit.ScriptModule module;

    private FusedKernels(jit.ScriptModule module) => this.module = module;

    /// <summary>The kernels for a device and a format; null where there are none: then <see cref="Kernels"/> do the same, a little slower.</summary>
    public static FusedKernels? For(Device device) => device.type == TorchSharp.DeviceType.CPU ? Loaded.Value : null;

    /// <summary>A weight of [Out, In, kh, kw] in the kernel's own layout, for <see cref="Convolution"/> alone.</summary>
    public Tensor Pack(Tensor weight, Layer layer) => RunsAsProduct(layer, weight.dtype)
        ? Call("pack_linear", weight.reshape(layer.Out, layer.In))
        : Call("pack_convolution", weight, (long)layer.Stride, (long)layer.Padding);

    /// <summary>As <see cref="Kernels.Convolution"/>, with a weight from <see cref="Pack"/>; without gradients.</summary>
    public Tensor Convolution(Tensor x, Tensor packed, Tensor bias, Layer layer, bool rectify)
    {
        var ending = rectify ? "relu" : "none";
        return RunsAsProduct(layer, x.dtype)
            ? Kernels.FromPixels(Call($"linear_{ending}", Kernels.ToPixels(x), packed, bias), x, layer)
            : Call($"convolution_{ending}", x, packed, bias, (long)layer.Stride, (long)layer.Padding);
    }

    private static string ConvolutionCode(string ending) => $"""
          def convolution_{ending}(self: __torch__.Fused,
            x: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int) -> Tensor:
            return ops.mkldnn._convolution_pointwise(x, weight, bias, [padding, padding], [stride, stride], [1, 1], 1, "{ending}", annotate(List[Optional[number]], []), None)
        """;

    private static string LinearCode(string ending) => $"""
          def linear_{ending}(self: __torch__.Fused,
            x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
            return ops.mkldnn._linear_pointwise(x, weight, bias, "{ending}", annotate(List[Optional[number]], []), None)
        """;

    private static bool RunsAsProduct(Layer layer, ScalarType type) => layer.IsPointwise && type == ScalarType.BFloat16;

    private static FusedKernels? Load()
    {
        try
        {
            var kernels = new FusedKernels(jit.load(Archive()));
            // An operator that is missing, or a processor it does not know, shows at the first call.
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var probe = new Layer("", 0, LayerKind.Convolution, 1, 1);
            using var one = ones(1, 1, 1, 1);
            return kernels.Convolution(one, kernels.Pack(one, probe), ones(1), probe, rectify: true).item<float>() == 2 ? kernels : null;
        }
        catch (Exception e) when (e is System.Runtime.InteropServices.ExternalException or InvalidOperationException)
        {
            return null;
        }
    }

    private static byte[] Archive()
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in new[]
            {
                ("data.pkl", Instance), ("code/__torch__.py", Encoding.UTF8.GetBytes(Code.ReplaceLineEndings("\n"))),
                ("constants.pkl", [0x80, 2, (byte)')', (byte)'.']), ("version", "3\n"u8.ToArray()),
            })
            {
                using var entry = zip.CreateEntry($"fused/{name}", CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    private Tensor Call(string name, params object[] arguments) => (Tensor)module.invoke<object>(name, arguments);
}
