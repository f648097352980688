using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>
/// Replaces a rectangle of each image by the same rectangle of another image of the batch; the label is then both images' labels, each by
/// its share of the area (CutMix: Yun et al. 2019, arXiv 1905.04899).
/// </summary>
/// <param name="probability">Share of the batches that are mixed.</param>
internal sealed class CutMix(double probability)
{
    /// <summary>Mixes a batch, or returns it as it is.</summary>
    /// <param name="images">[N, C, H, W]; not changed.</param>
    /// <param name="random">Determines whether, where and with what they are mixed.</param>
    public MixedImages Apply(Tensor images, Random random)
    {
        var (height, width) = ((int)images.shape[2], (int)images.shape[3]);
        // Uniform areas, like the paper's for images of this size: Beta(1, 1).
        var side = random.NextDouble() < probability ? Math.Sqrt(random.NextDouble()) : 0;
        var (h, w) = ((int)Math.Round(height * side), (int)Math.Round(width * side));
        if (h == 0 || w == 0)
            return new MixedImages(images, null, 1);
        var (top, left) = (random.Next(height - h + 1), random.Next(width - w + 1));
        long[] order = [.. Enumerable.Range(0, (int)images.shape[0])];
        random.Shuffle(order);
        var others = tensor(order, dtype: ScalarType.Int64, device: images.device);
        var mixed = images.clone();
        mixed.narrow(2, top, h).narrow(3, left, w).copy_(images.narrow(2, top, h).narrow(3, left, w).index_select(0, others));
        return new MixedImages(mixed, others, 1 - ((double)h * w / ((double)height * width)));
    }
}
