using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nin.MLNet.Arithmetic;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>How images lie in memory. The fast kernels want the channels of a pixel side by side, [N, H, W, C].</summary>
internal static class MemoryLayout
{
    /// <summary>The same [N, C, H, W] tensor laid out as [N, H, W, C]; the tensor itself if it already is.</summary>
    public static Tensor ChannelsLast(Tensor x)
    {
        // With one channel both layouts are the same bytes, but kernels recognise channels last only by these strides.
        return x.shape[1] == 1
            ? x.contiguous().as_strided(x.shape, [x.shape[2] * x.shape[3], 1, x.shape[3], 1])
            : x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
    }

    /// <param name="shape">[N, C, H, W].</param>
    public static ImageSizes SizesOf(long[] shape) => new((int)shape[0], (int)shape[2], (int)shape[3], (int)shape[1]);

    /// <summary>[N, C, H, W] to [N, H, W, C]; a view if it is channels last.</summary>
    public static Tensor ToImages(Tensor x) => x.permute(0, 2, 3, 1).contiguous();

    /// <summary>CPU memory for the given number of float32 values; not filled.</summary>
    public static Tensor Floats(long count) => empty([count], dtype: ScalarType.Float32, device: CPU);

    /// <summary>The memory of a contiguous float32 tensor on the CPU. It does not move while the caller keeps the tensor.</summary>
    public static unsafe float* At(Tensor tensor)
    {
        // A span holds at most 2 GiB.
        var start = tensor.numel() <= int.MaxValue / sizeof(float) ? tensor : tensor.view(-1).narrow(0, 0, 1);
        return (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(start.bytes));
    }

    /// <summary>[N, C, H, W], channels last, to one row per pixel: [N*H*W, C]; a view.</summary>
    public static Tensor ToPixels(Tensor x) => x.permute(0, 2, 3, 1).reshape(-1, x.shape[1]);

    /// <summary>
    /// One row per pixel, [N*H*W, <paramref name="channels"/>], to [N, channels, H, W], channels last, with N, H and W of
    /// <paramref name="like"/>; a view.
    /// </summary>
    public static Tensor FromPixels(Tensor pixels, Tensor like, int channels) =>
        pixels.view(like.shape[0], like.shape[2], like.shape[3], channels).permute(0, 3, 1, 2);
}
