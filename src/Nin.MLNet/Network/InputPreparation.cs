using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>From raw pixels to what the first convolution reads: normalise, resize, lay out. The same for training and scoring.</summary>
internal sealed class InputPreparation : IDisposable
{
    private readonly Tensor mean;
    private readonly Tensor scale;
    private readonly int? resizeTo;
    private readonly ScalarType type;

    public InputPreparation(Normalization normalization, int? resizeTo, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        long[] perChannel = [1, normalization.Mean.Length, 1, 1];
        mean = tensor(normalization.Mean, dtype: ScalarType.Float32, device: device).view(perChannel).DetachFromDisposeScope();
        var scales = normalization.Std.Select(std => 1 / std).ToArray();
        scale = tensor(scales, dtype: ScalarType.Float32, device: device).view(perChannel).DetachFromDisposeScope();
        this.resizeTo = resizeTo;
        this.type = type;
    }

    /// <summary>[N, C, H, W] bytes or floats, as received, to [N, C, S, S] in working precision, channels last.</summary>
    public Tensor Prepare(Tensor pixels)
    {
        // Before resizing: normalising is linear and interpolation weights add up to one, so either order is right and this one is cheap.
        var x = pixels.to(float32).sub(mean).mul_(scale);
        if (resizeTo is { } side && (x.shape[2] != side || x.shape[3] != side))
            x = Kernels.Resize(x, side, side);
        return MemoryLayout.ChannelsLast(x.to(type));
    }

    /// <summary>
    /// Resizing as a matrix, [<paramref name="to"/>, <paramref name="from"/>] row by row: it is linear, and the same for each axis.
    /// </summary>
    /// <param name="from">Pixels along the axis.</param>
    /// <param name="to">Pixels wanted.</param>
    /// <param name="shrinks">Whether the image gets smaller along any axis; if so, it is smoothed along both.</param>
    public static float[] ResizeMatrix(int from, int to, bool shrinks)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        // The images with one bright pixel each, side by side.
        var pixels = eye(from, dtype: ScalarType.Float32, device: CPU).view(1, 1, from, from);
        return from == to ? pixels.data<float>().ToArray() : Kernels.Resize(pixels, to, from, shrinks).contiguous().data<float>().ToArray();
    }

    /// <summary>Whether an image gets smaller along any axis.</summary>
    public static bool Shrinks(long height, long width, int side) => side < height || side < width;

    public void Dispose()
    {
        mean.Dispose();
        scale.Dispose();
    }
}
