using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// Convolutions of our own within autograd's graph. Their output begins a new graph; <see cref="Backward"/> takes its gradient through
/// the convolution to the graph before. No code of ours is called from native code, so an exception in it is one like any other.
/// </summary>
internal sealed class GraphCuts
{
    private readonly Stack<Cut> cuts = [];

    /// <summary>The convolution's output, as the start of a new graph where gradients are recorded.</summary>
    /// <param name="x">[N, In, H, W], channels last, float32.</param>
    /// <param name="weight">[Out, In, k, k].</param>
    /// <param name="bias">[Out].</param>
    /// <param name="layer">Its sizes.</param>
    /// <param name="rectify">Whether a ReLU follows.</param>
    public Tensor Run(Tensor x, Tensor weight, Tensor bias, Layer layer, bool rectify)
    {
        var records = is_grad_enabled() && (x.requires_grad || weight.requires_grad);
        using var _ = no_grad();
        var y = TrainingConvolution.Forward(x, weight, bias, layer, rectify);
        if (records)
            cuts.Push(new Cut(x, weight, bias, y.requires_grad_(true), layer, rectify));
        return y;
    }

    /// <summary>Adds the gradients of everything that <paramref name="end"/> was computed from, over all cuts.</summary>
    /// <param name="end">The last graph's end.</param>
    /// <param name="gradient">Its gradient; null for a loss.</param>
    public void Backward(Tensor end, Tensor? gradient = null)
    {
        autograd.backward([end], gradient is null ? null : [gradient]);
        while (cuts.TryPop(out var cut))
            cut.Backward();
    }

    /// <summary>Forgets what was recorded and not used.</summary>
    public void Clear() => cuts.Clear();

    private sealed record Cut(Tensor X, Tensor Weight, Tensor Bias, Tensor Y, Layer Layer, bool Rectify)
    {
        public void Backward()
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            if (Y.grad is not { } gradient)
                return;
            // After a ReLU an output's sign is 0 or 1.
            gradient = Rectify ? gradient.mul(Y.sign()) : gradient;
            List<Tensor> inputs = [], gradients = [];
            if (Weight.requires_grad)
            {
                inputs.AddRange([Weight, Bias]);
                gradients.AddRange([TrainingConvolution.WeightGradient(X, gradient, Layer), gradient.sum([0L, 2L, 3L])]);
            }

            if (X.requires_grad)
            {
                inputs.Add(X);
                gradients.Add(TrainingConvolution.InputGradient(gradient, Weight, X.shape, Layer));
            }

            autograd.backward(inputs, gradients);
        }
    }
}
