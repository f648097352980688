using Nin.MLNet.Arithmetic;
using TorchSharp;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// A scoring network in our own arithmetic, in float32 on the caller's thread. It saves a single image the cost of calls to libtorch and
/// TorchSharp, and a batch the multiplications that <see cref="WinogradConvolution"/> avoids.
/// </summary>
internal sealed unsafe class FloatNetwork : IDisposable
{
    private readonly IReadOnlyList<Step> steps;

    private FloatNetwork(IReadOnlyList<Step> steps) => this.steps = steps;

    /// <summary>Null if libtorch is to compute it: on another device or kind of processor, or with another kind of layer.</summary>
    public static FloatNetwork? Of(IEnumerable<FoldedLayer> layers, Device device)
    {
        var known = layers.ToList();
        return Kernels.OwnOnesAreUsed && device.type == DeviceType.CPU
            && known.All(folded => folded.Layer.Kind is LayerKind.Convolution or LayerKind.MaxPool or LayerKind.AveragePool)
            ? new FloatNetwork([.. known.Select(folded => new Step(folded))])
            : null;
    }

    /// <summary>Prepared images [N, C, H, W] to the last layer's maps, [N, K, h, w].</summary>
    public Tensor Run(Tensor x)
    {
        using var scope = NewDisposeScope();
        var images = MemoryLayout.ToImages(x);
        var first = MemoryLayout.SizesOf(x.shape);
        var (largest, work, last) = (0L, 0L, first);
        foreach (var step in steps)
        {
            work = Math.Max(work, step.WorkFloats(last));
            last = last.After(step.Layer.Window);
            largest = Math.Max(largest, last.Floats);
        }

        var (memory, maps) = (MemoryLayout.Floats((2 * largest) + work), MemoryLayout.Floats(last.Floats));
        float* from = MemoryLayout.At(images), even = MemoryLayout.At(memory), odd = even + largest, working = odd + largest;
        var sizes = first;
        for (var i = 0; i < steps.Count; i++)
        {
            var to = i == steps.Count - 1 ? MemoryLayout.At(maps) : i % 2 == 0 ? even : odd;
            steps[i].Run(from, sizes, to, working);
            from = to;
            sizes = sizes.After(steps[i].Layer.Window);
        }

        return maps.view(last.Images, last.Height, last.Width, last.Channels).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var step in steps)
            step.Dispose();
    }

    private sealed class Step : IDisposable
    {
        private readonly bool rectifies;
        private readonly WindowProduct? product;
        private readonly Tensor? panels;
        private readonly Tensor? bias;

        public Step(FoldedLayer folded)
        {
            (Layer, rectifies) = (folded.Layer, folded.Rectifies);
            if (Layer.Kind != LayerKind.Convolution)
                return;
            using var scope = NewDisposeScope();
            // A network may be trained on a GPU and score here.
            var weight = folded.Weight!.to(CPU);
            bias = folded.Bias!.detach().to(CPU).clone().DetachFromDisposeScope();
            if (WinogradConvolution.Suits(Layer.Window))
            {
                panels = MemoryLayout.Floats(WinogradConvolution.PanelFloats(Layer.In, Layer.Out)).DetachFromDisposeScope();
                var windows = weight.permute(1, 2, 3, 0).contiguous();
                WindowTransforms.ToPanels(
                    MemoryLayout.At(windows), Layer.Kernel, Layer.In, Layer.Out, turned: false, MemoryLayout.At(panels));
            }
            else
            {
                product = new WindowProduct(Layer.Window, rectifies);
                panels = MemoryLayout.Floats(product.PanelFloats).DetachFromDisposeScope();
                product.Pack(MemoryLayout.At(MemoryLayout.ToImages(weight)), MemoryLayout.At(panels));
            }
        }

        public Layer Layer { get; }

        public long WorkFloats(ImageSizes sizes) =>
            panels is null ? 0 : product?.WorkFloats(sizes) ?? WinogradConvolution.ForwardFloats(WinogradShape.Of(Layer.Window, sizes));

        public void Run(float* x, ImageSizes sizes, float* y, float* work)
        {
            if (panels is null)
                Pooling.Run(x, sizes, Layer.Window, Layer.Kind == LayerKind.MaxPool, y);
            else if (product is not null)
                product.Run(x, sizes, MemoryLayout.At(panels), MemoryLayout.At(bias!), y, work);
            else
                WinogradConvolution.Forward(
                    x, MemoryLayout.At(panels), MemoryLayout.At(bias!), rectifies, WinogradShape.Of(Layer.Window, sizes), y, work);
        }

        public void Dispose()
        {
            panels?.Dispose();
            bias?.Dispose();
        }
    }
}
