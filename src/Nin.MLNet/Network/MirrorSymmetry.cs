using Nin.MLNet.Native;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// Keeps a network symmetric: a channel's map of an image is the mirror image of its partner's map of the mirrored image, so that both
/// images get the same scores (Cohen, Welling 2016, "Group Equivariant Convolutional Networks", arXiv 1602.07576, for reflections).
/// The filters of partners are each other's mirror images; a channel that is its own partner has a symmetric filter. Who is whose partner
/// follows from the architecture alone. A network whose gradients are symmetric stays symmetric to the last bit.
/// </summary>
/// <remarks>
/// Pooling or striding whose windows do not start alike from both sides makes the scores of both images differ a little.
/// </remarks>
internal sealed class MirrorSymmetry : IDisposable
{
    /// <summary>Training images from which on a symmetric network learns more; from fewer it learns less (docs/learning.md).</summary>
    private const long ManyImages = 20_000;

    // For each number of the flat parameters or running statistics, the index of its mirror image.
    private readonly Tensor partners, statistics;

    // The smaller index of each pair.
    private readonly Tensor originals;

    public MirrorSymmetry(NinNetwork network)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (weights, means) = (Indices(network.Parameters), Indices(network.Buffers));
        var (weightPartners, meanPartners) = (weights.clone(), means.clone());
        var architecture = network.Architecture;
        var first = architecture.Layers[0];
        var logits = architecture.Layers.Last(layer => layer.Kind == LayerKind.Convolution);
        var inputs = Enumerable.Range(0, architecture.InputChannels).ToArray();
        foreach (var layer in architecture.Layers)
        {
            if (layer.Kind == LayerKind.Convolution)
            {
                // Classes have no partners.
                var outputs = layer == logits ? [.. Enumerable.Range(0, layer.Out)]
                    : layer == first ? FirstOf(layer)
                    : Next(inputs, layer.Out);
                Pair(layer, "weight", own => own.flip(3).index_select(1, Indices(inputs)).index_select(0, Indices(outputs)));
                Pair(layer, "bias", own => own.index_select(0, Indices(outputs)));
                inputs = outputs;
            }
            else if (layer.Kind == LayerKind.BatchNorm)
            {
                foreach (var part in (string[])["weight", "bias", "running_mean", "running_var"])
                    Pair(layer, part, own => own.index_select(0, Indices(inputs)));
            }
        }

        partners = weightPartners.to(network.Device).DetachFromDisposeScope();
        statistics = meanPartners.to(network.Device).DetachFromDisposeScope();
        originals = minimum(weights, weightPartners).to(network.Device).DetachFromDisposeScope();

        void Pair(Layer layer, string part, Func<Tensor, Tensor> mirror)
        {
            var place = network[layer, part];
            var (from, to) = part.StartsWith("running", StringComparison.Ordinal) ? (means, meanPartners) : (weights, weightPartners);
            At(place, to).copy_(mirror(At(place, from)));
        }
    }

    /// <summary>Whether a network learns more from so many images if it is symmetric.</summary>
    public static bool LearnsMore(NinArchitecture architecture, long images) => architecture.BatchNorm && images >= ManyImages;

    /// <summary>
    /// Of a first layer's whitened filters of one sign, how many are antisymmetric: as large a share as of all filters of its window.
    /// </summary>
    public static int CountOdd(Layer first) => (int)Math.Round(Pairs(first) * (double)(first.Kernel / 2) / first.Kernel);

    /// <summary>Makes weights symmetric: of each pair, one becomes the other's mirror image.</summary>
    public void Tie(Tensor parameters)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        parameters.copy_(parameters.index_select(0, originals));
    }

    /// <summary>Whether weights are symmetric.</summary>
    public bool Holds(Tensor parameters)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return parameters.eq(parameters.index_select(0, partners)).all().item<bool>();
    }

    /// <summary>Makes gradients symmetric: both of a pair get their mean.</summary>
    public void Average(Tensor gradients) => Average(gradients, partners);

    /// <summary>Makes running statistics symmetric.</summary>
    public void AverageStatistics(Tensor buffers) => Average(buffers, statistics);

    public void Dispose()
    {
        partners.Dispose();
        statistics.Dispose();
        originals.Dispose();
    }

    private static void Average(Tensor values, Tensor partners)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        values.AddInPlace(values.index_select(0, partners)).ScaleInPlace(0.5);
    }

    /// <summary>Filters that whitening gives to a first layer, each once with either sign.</summary>
    private static int Pairs(Layer first) => (int)Math.Min(first.Out / 2, first.PatchValues);

    /// <summary>
    /// Partners as whitened filters have them: symmetric ones, antisymmetric ones, and the negatives of both in the same order. The mirror
    /// image of an antisymmetric filter is its negative.
    /// </summary>
    private static int[] FirstOf(Layer first)
    {
        var (pairs, odd) = (Pairs(first), CountOdd(first));
        var outputs = Next([.. Enumerable.Range(0, 2 * pairs)], first.Out);
        for (var i = pairs - odd; i < pairs; i++)
            (outputs[i], outputs[i + pairs]) = (i + pairs, i);
        return outputs;
    }

    /// <summary>
    /// A layer may pass its inputs through, so its first outputs have its inputs' partners. The others are partners by twos.
    /// </summary>
    private static int[] Next(int[] inputs, int count)
    {
        var outputs = new int[count];
        for (var i = 0; i < count; i++)
        {
            var partner = i < inputs.Length ? inputs[i] : inputs.Length + ((i - inputs.Length) ^ 1);
            outputs[i] = partner < count ? partner : i;
        }

        return outputs;
    }

    private static Tensor Indices(Tensor flat) => Indices([.. Enumerable.Range(0, (int)flat.shape[0])]);

    private static Tensor Indices(int[] values) => tensor([.. values.Select(value => (long)value)], dtype: ScalarType.Int64, device: CPU);

    /// <summary>The indices of the numbers of a view, in its shape.</summary>
    private static Tensor At(Tensor place, Tensor indices) => indices.as_strided(place.shape, place.stride(), place.storage_offset());
}
