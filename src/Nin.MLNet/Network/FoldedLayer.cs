using Nin.MLNet.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>A layer as a model uses it for scoring: batch norm is folded into the convolution before it, dropout is gone.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Rectifies">Whether it includes a convolution's ReLU.</param>
/// <param name="Weight">A convolution's weight, [O, I, k, k] in float32, else null; the caller's dispose scope frees it.</param>
/// <param name="Bias">A convolution's bias, [O] in float32, else null.</param>
internal sealed record FoldedLayer(Layer Layer, bool Rectifies = false, Tensor? Weight = null, Tensor? Bias = null)
{
    /// <summary>The layers used for scoring, from input to logits. Call it in a dispose scope and without gradients.</summary>
    /// <exception cref="InvalidOperationException">
    /// A number is not finite, or not once batch norm is folded in, as with a variance below 0; the message names its layer.
    /// </exception>
    public static IReadOnlyList<FoldedLayer> Of(NinNetwork network)
    {
        // A fused ReLU would turn NaN into 0, and a broken network would give every class the same score.
        if (network.FindNonFinite() is { } where)
            throw CannotScore(where);
        var layers = network.Architecture.Layers;
        var folded = new List<FoldedLayer>();
        for (var i = 0; i < layers.Count; i++)
        {
            var layer = layers[i];
            if (layer.Kind is LayerKind.Dropout or LayerKind.Flatten)
                continue;
            if (layer.Kind != LayerKind.Convolution)
            {
                folded.Add(new FoldedLayer(layer));
                continue;
            }

            var norm = Following(LayerKind.BatchNorm);
            var rectifies = Following(LayerKind.ReLU) is not null;
            var (weight, bias) = Fold(network, layer, norm);
            if (!weight.IsFinite() || !bias.IsFinite())
                throw CannotScore($"layer {layer.Name}, {layer}, together with its batch norm");
            folded.Add(new FoldedLayer(layer, rectifies, weight, bias));

            Layer? Following(LayerKind kind) => i + 1 < layers.Count && layers[i + 1].Kind == kind ? layers[++i] : null;
        }

        return folded;
    }

    /// <summary>Whether a network whose numbers are all finite can score.</summary>
    public static bool AreFinite(NinNetwork network)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var layers = network.Architecture.Layers;
        return layers.Zip(layers.Skip(1)).Where(pair => pair.Second.Kind == LayerKind.BatchNorm).All(pair =>
        {
            var (weight, bias) = Fold(network, pair.First, pair.Second);
            return weight.IsFinite() && bias.IsFinite();
        });
    }

    private static InvalidOperationException CannotScore(string where) => new(
        $"The network cannot score: {where}, holds a number that is not finite. Its training diverged or its file is damaged: " +
        "train again with a lower learning rate, or load weights that are whole.");

    private static (Tensor Weight, Tensor Bias) Fold(NinNetwork network, Layer convolution, Layer? norm)
    {
        var (weight, bias) = (network[convolution, "weight"], network[convolution, "bias"]);
        if (norm is null)
            return (weight, bias);
        using var one = 1.ToScalar();
        using var epsilon = Kernels.BatchNormEpsilon.ToScalar();
        var gain = network[norm, "weight"].div(network[norm, "running_var"].add(epsilon, one).sqrt());
        return (weight.mul(gain.view(-1, 1, 1, 1)), bias.sub(network[norm, "running_mean"]).mul(gain).add(network[norm, "bias"], one));
    }
}
