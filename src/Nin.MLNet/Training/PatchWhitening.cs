using System.Numerics;
using Nin.MLNet.Native;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>
/// Makes the first convolution's filters the principal components of the training images' patches, each scaled to equal variance and
/// followed by its negative, since a ReLU passes only one half (Jordan 2024, arXiv 2404.00498, section 3.2). For a symmetric network they
/// are those of the patches' symmetric and antisymmetric parts.
/// </summary>
internal static class PatchWhitening
{
    /// <summary>
    /// Patches to take, about: those of 2,000 images of 28x28, fewer where each takes much work, but always enough to tell the components
    /// apart. All ranks take so many together.
    /// </summary>
    private const long EnoughPatches = 2_000 * 28 * 28, FewestPatchesPerValue = 100;

    /// <summary>Values of a patch, at most: their covariance must fit into memory.</summary>
    public const int MostValues = 4_096;
    private const double MostProducts = 2e10;

    /// <summary>Images to take them from, at least, so that large ones do not stand for all.</summary>
    private const long FewestImages = 200;

    /// <summary>Added to each component's variance, so that what hardly varies is not blown up.</summary>
    private const double LeastVariance = 5e-4;

    /// <param name="run">The training, whose network has its first weights. All ranks call this together.</param>
    public static void Apply(TrainingRun run)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var layer = run.Network.Architecture.Layers[0];
        var size = (int)layer.PatchValues;
        var covariance = Covariance(run, layer, size);
        covariance.diagonal().AddNumberInPlace(LeastVariance);
        var pairs = Math.Min(layer.Out / 2, size);
        var filters = run.Symmetry is null
            ? Components(covariance, eye(size, dtype: ScalarType.Float64, device: CPU), pairs)
            : EvenAndOdd(covariance, layer, pairs);
        var shaped = filters.reshape(pairs, layer.In, layer.Kernel, layer.Kernel);
        var weight = run.Network[layer, "weight"];
        weight.narrow(0, 0, pairs).copy_(shaped);
        weight.narrow(0, pairs, pairs).copy_(shaped.neg());
    }

    /// <returns>The strongest symmetric components, then the strongest antisymmetric ones: [count, D], float32.</returns>
    private static Tensor EvenAndOdd(Tensor covariance, Layer layer, int count)
    {
        var size = covariance.shape[0];
        var unit = eye(size, dtype: ScalarType.Float64, device: CPU);
        var mirrored = unit.view(layer.In, layer.Kernel, layer.Kernel, size).flip(2).reshape(size, size);
        var odd = MirrorSymmetry.CountOdd(layer);
        return cat([Components(covariance, Part(1), count - odd), Components(covariance, Part(-1), odd)]);

        // [D, D]: leaves of a patch what is the same in its mirror image, or what has the other sign there.
        Tensor Part(int sign) => unit.clone().AddInPlace(mirrored, sign).ScaleInPlace(0.5);
    }

    /// <returns>
    /// The strongest components of patches' parts in a space, scaled to equal variance, one per row: [count, D], float32.
    /// </returns>
    private static Tensor Components(Tensor covariance, Tensor space, int count)
    {
        var (variances, components) = linalg.eigh(space.mm(covariance).mm(space));
        var first = variances.shape[0] - count;
        return (components.narrow(1, first, count) / variances.narrow(0, first, count).sqrt()).t().flip(0).to(ScalarType.Float32);
    }

    /// <returns>The covariance, over the images of all ranks, of the patches that the layer reads: [D, D], float64.</returns>
    private static Tensor Covariance(TrainingRun run, Layer layer, int size)
    {
        var settings = run.Settings;
        using var preparation = new InputPreparation(settings.Normalization, settings.ResizeTo, ScalarType.Float32, CPU);
        using var batches = run.Train
            .Batches(settings.BatchSize, settings.OwnSeedFor("patches"), run.Epoch - 1)
            .GetEnumerator();
        var products = zeros(size, size, dtype: ScalarType.Float64, device: CPU);
        var enough = Math.Max(FewestPatchesPerValue * size, Math.Min(EnoughPatches, (long)(MostProducts / size / size)));
        var (count, left) = (0L, enough);
        while (left > 0)
        {
            using var scope = NewDisposeScope();
            if (!batches.MoveNext())
                break;
            var pixels = batches.Current.Pixels;
            // All ranks have as many batches, but not as many images in them: they count together, so that they stop together.
            Span<double> taken = [0];
            for (var i = 0L; i < pixels.shape[0] && taken[0] * run.Replicas.Count < left; i++)
            {
                using var inner = NewDisposeScope();
                var image = preparation.Prepare(pixels.narrow(0, i, 1));
                var patches = nn.functional
                    .unfold(image, layer.Kernel, padding: layer.Padding, stride: layer.Stride)
                    .view(size, -1);
                var every = Spacing(patches.shape[1] * FewestImages / (double)enough, layer.OutputSide((int)image.shape[3]));
                patches = patches.slice(1, 0, patches.shape[1], every).to(ScalarType.Float64);
                products.AddInPlace(patches.mm(patches.t()));
                taken[0] += patches.shape[1];
            }

            count += (long)taken[0];
            run.Replicas.SumAlive(run.Log, taken);
            left -= (long)taken[0];
        }

        double[] sums = [.. products.data<double>(), count];
        run.Replicas.Sum(sums);
        return tensor([.. sums.Take(size * size).Select(sum => sum / sums[^1])], dtype: ScalarType.Float64, device: CPU).view(size, size);
    }

    /// <summary>
    /// Every how many patches one is taken. With a divisor in common with the map's width, they would come from a few of its columns alone.
    /// </summary>
    private static long Spacing(double least, int width)
    {
        var every = Math.Max(1, (long)Math.Ceiling(least));
        while (BigInteger.GreatestCommonDivisor(every, width) > 1)
            every++;
        return every;
    }
}
