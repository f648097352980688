using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Nin.MLNet.Network;
using TorchSharp;
using static Nin.MLNet.Winograd.TileTransforms;
using static TorchSharp.torch;

namespace Nin.MLNet.Winograd;

/// <summary>
/// Convolutions of 3x3 and 5x5 windows with about a third of the multiplications, in float32 on one thread: tiles of images and windows are
/// transformed, multiplied point by point as 36 matrix products over the channels, and transformed back. Images are [N, H, W, C] in memory.
/// </summary>
internal static unsafe class WinogradConvolution
{
    /// <summary>Tiles at a time: their values at one point stay in the second-level cache.</summary>
    private const int Block = 48;

    /// <summary>The same for the weights' gradient, whose sums are read and written again for each block.</summary>
    private const int LongBlock = 96;

    // A line of cache between the points' planes: at distances of 4 KiB they would share a few places of the first-level cache.
    private const int Gap = 16;

    /// <summary>
    /// Whether a layer can be computed so, and no faster way is known: with AVX-512 libtorch's own kernels have not been compared yet.
    /// </summary>
    public static bool Suits(Layer layer, ScalarType type, int threads) =>
        ProductKernel.IsSupported && !Avx512F.IsSupported && type == ScalarType.Float32 && threads == 1
        && layer is { Kernel: 3 or 5, Stride: 1 } && layer.Padding < layer.Kernel
        && layer.In % Lanes == 0 && layer.Out % Lanes == 0;

    /// <summary>Weights as <see cref="Run(Tensor, Tensor, Tensor, Layer, bool)"/> wants them.</summary>
    /// <param name="weight">[Out, In, k, k] in float32.</param>
    public static Tensor Pack(Tensor weight) => Pack(weight, ofInputGradient: false);

    /// <param name="x">[N, In, H, W], channels last, float32.</param>
    /// <param name="packed">What <see cref="Pack(Tensor)"/> gave.</param>
    /// <param name="bias">[Out], or null.</param>
    /// <param name="layer">Its sizes.</param>
    /// <param name="rectify">Whether a ReLU follows.</param>
    /// <returns>[N, Out, H, W], channels last.</returns>
    public static Tensor Run(Tensor x, Tensor packed, Tensor? bias, Layer layer, bool rectify) =>
        Run(x, packed, bias, WinogradShape.Of(layer, x.shape), rectify);

    /// <summary>The images' gradient, [N, In, H, W], channels last.</summary>
    /// <param name="gradient">The outputs', [N, Out, H, W].</param>
    /// <param name="weight">[Out, In, k, k].</param>
    /// <param name="images">Shape of the images.</param>
    /// <param name="layer">Its sizes.</param>
    public static Tensor InputGradient(Tensor gradient, Tensor weight, long[] images, Layer layer) =>
        Run(gradient, Pack(weight, ofInputGradient: true), null, WinogradShape.Of(layer, images).OfInputGradient, rectify: false);

    /// <summary>The weights' gradient, [Out, In, k, k].</summary>
    /// <param name="x">[N, In, H, W].</param>
    /// <param name="gradient">The outputs', [N, Out, H, W].</param>
    /// <param name="layer">Its sizes.</param>
    public static Tensor WeightGradient(Tensor x, Tensor gradient, Layer layer)
    {
        using var scope = NewDisposeScope();
        var shape = WinogradShape.Of(layer, x.shape);
        var (images, outputs) = (ToRows(x), ToRows(gradient));
        var block = (int)Math.Min(LongBlock, shape.Tiles);
        var (inPlane, outPlane) = (((nint)block * shape.In) + Gap, ((nint)block * shape.PaddedOut) + Gap);
        // Blocks of six rows: the last may reach beyond.
        var sumPlane = (nint)RoundUp(shape.In, ProductKernel.Rows) * shape.PaddedOut;
        var (values, gradients) = (Floats((Points * inPlane) + ProductKernel.Rows), Floats((Points * outPlane) + ProductKernel.Columns));
        var sums = Floats(Points * sumPlane);
        var zeros = Floats(Math.Max(shape.In, shape.Out)).zero_();
        var result = Floats((long)layer.In * layer.Kernel * layer.Kernel * layer.Out);
        float* x0 = At(images), y0 = At(outputs), none = At(zeros), v = At(values), g = At(gradients), sum = At(sums);
        var pixels = stackalloc float*[Points];
        for (long start = 0; start < shape.Tiles; start += block)
        {
            var count = (int)Math.Min(block, shape.Tiles - start);
            for (var t = 0; t < count; t++)
            {
                shape.Sources(start + t, x0, none, pixels);
                Input(pixels, shape.In, v + ((nint)t * shape.In), inPlane);
                shape.Targets(start + t, y0, none, pixels);
                OutputGradient(pixels, shape.Tile, shape.Out, g + ((nint)t * shape.PaddedOut), outPlane);
            }

            for (var point = 0; point < Points; point++)
            {
                for (var column = 0; column < shape.PaddedOut; column += ProductKernel.Columns)
                {
                    for (var row = 0; row < shape.In; row += ProductKernel.Rows)
                    {
                        ProductKernel.Multiply(
                            count, v + (point * inPlane) + row, 1, shape.In, g + (point * outPlane) + column, shape.PaddedOut,
                            sum + (point * sumPlane) + ((nint)row * shape.PaddedOut) + column, shape.PaddedOut, adds: start > 0);
                    }
                }
            }
        }

        WindowTransforms.ToGradient(sum, sumPlane, shape.PaddedOut, layer.Kernel, layer.In, layer.Out, At(result));
        return result.view(layer.In, layer.Kernel, layer.Kernel, layer.Out).permute(3, 0, 1, 2).MoveToOuterDisposeScope();
    }

    private static Tensor Pack(Tensor weight, bool ofInputGradient)
    {
        using var scope = NewDisposeScope();
        var rows = (ofInputGradient ? weight.permute(0, 2, 3, 1) : weight.permute(1, 2, 3, 0)).contiguous();
        var (sums, kernel, columns) = ((int)rows.shape[0], (int)rows.shape[1], (int)rows.shape[3]);
        var packed = Floats((long)Points * WinogradShape.PanelsOf(columns) * sums * ProductKernel.Columns);
        WindowTransforms.ToPanels(At(rows), kernel, sums, columns, ofInputGradient, At(packed));
        return packed.MoveToOuterDisposeScope();
    }

    private static Tensor Run(Tensor x, Tensor packed, Tensor? bias, WinogradShape shape, bool rectify)
    {
        using var scope = NewDisposeScope();
        var images = ToRows(x);
        var result = Floats((long)shape.Images * shape.OutHeight * shape.OutWidth * shape.Out);
        var block = RoundUp((int)Math.Min(Block, shape.Tiles), ProductKernel.Rows);
        var (inPlane, outPlane) = (((nint)block * shape.In) + Gap, ((nint)block * shape.PaddedOut) + Gap);
        var (values, products) = (Floats(Points * inPlane), Floats(Points * outPlane));
        var (outside, zeros) = (Floats(shape.Out), Floats(Math.Max(shape.In, shape.Out)).zero_());
        var shift = bias is null ? zeros : bias.contiguous();
        var panels = WinogradShape.PanelsOf(shape.Out);
        float* x0 = At(images), y0 = At(result), none = At(zeros), spare = At(outside), v = At(values), m = At(products);
        float* u = At(packed), added = At(shift);
        var pixels = stackalloc float*[Points];
        for (long start = 0; start < shape.Tiles; start += block)
        {
            var count = (int)Math.Min(block, shape.Tiles - start);
            for (var t = 0; t < count; t++)
            {
                shape.Sources(start + t, x0, none, pixels);
                Input(pixels, shape.In, v + ((nint)t * shape.In), inPlane);
            }

            for (var point = 0; point < Points; point++)
            {
                for (var panel = 0; panel < panels; panel++)
                {
                    for (var row = 0; row < count; row += ProductKernel.Rows)
                    {
                        ProductKernel.Multiply(
                            shape.In, v + (point * inPlane) + ((nint)row * shape.In), shape.In, 1,
                            u + ((((nint)point * panels) + panel) * shape.In * ProductKernel.Columns), ProductKernel.Columns,
                            m + (point * outPlane) + ((nint)row * shape.PaddedOut) + (panel * ProductKernel.Columns), shape.PaddedOut,
                            adds: false);
                    }
                }
            }

            for (var t = 0; t < count; t++)
            {
                shape.Targets(start + t, y0, spare, pixels);
                Output(
                    m + ((nint)t * shape.PaddedOut), outPlane, shape.Out, added, rectify ? 0 : float.NegativeInfinity, pixels, shape.Tile);
            }
        }

        return result.view(shape.Images, shape.OutHeight, shape.OutWidth, shape.Out).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    private static Tensor ToRows(Tensor x) => x.permute(0, 2, 3, 1).contiguous();

    private static Tensor Floats(long count) => empty([count], dtype: ScalarType.Float32, device: CPU);

    private static int RoundUp(int count, int multiple) => (count + multiple - 1) / multiple * multiple;

    /// <summary>Memory of a tensor; stays where it is while the tensor lives, which the caller's dispose scope sees to.</summary>
    private static float* At(Tensor tensor) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
}
