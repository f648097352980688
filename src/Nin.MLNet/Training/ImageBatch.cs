using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>Images on their way into a step; its tensors belong to the dispose scope of that step.</summary>
/// <param name="Pixels">Raw values as bytes or floats: [N, C, H, W].</param>
/// <param name="Labels">Class indices from 0: [N], int64.</param>
/// <param name="Weights">Example weights: [N], float32; null where all weigh 1.</param>
internal sealed record ImageBatch(Tensor Pixels, Tensor Labels, Tensor? Weights)
{
    /// <summary>Some of the images, as views.</summary>
    public ImageBatch Part(long from, long count) =>
        new(Pixels.narrow(0, from, count), Labels.narrow(0, from, count), Weights?.narrow(0, from, count));
}
