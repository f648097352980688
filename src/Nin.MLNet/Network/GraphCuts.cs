using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// Arithmetic of our own within autograd's graph. Its output begins a new graph; <see cref="Backward"/> takes that output's gradient to the
/// graph before. No code of ours is called from native code, so an exception in it is one like any other.
/// </summary>
internal sealed class GraphCuts : IDisposable
{
    private readonly Stack<Cut> cuts = [];
    private readonly HashSet<Tensor> kept = new(ReferenceEqualityComparer.Instance);

    /// <summary>Cuts whose way back has not been gone.</summary>
    public int Count => cuts.Count;

    /// <summary>Whether a tensor is needed for the way back, and will be disposed of there.</summary>
    public bool Keeps(Tensor tensor) => kept.Contains(tensor);

    /// <summary>What was computed without autograd, as the start of a new graph.</summary>
    /// <param name="x">What it was computed from.</param>
    /// <param name="output">The result.</param>
    /// <param name="backward">Gets the result's gradient and passes it on to the graph of x.</param>
    public Tensor Add(Tensor x, Tensor output, Action<Tensor> backward)
    {
        List<Tensor> own = [output.requires_grad_(true)];
        // A leaf is the caller's, or the output of another cut.
        if (!x.is_leaf)
            own.Add(x);
        foreach (var tensor in own)
            kept.Add(tensor.DetachFromDisposeScope());
        cuts.Push(new Cut(output, backward, own));
        return output;
    }

    /// <summary>Adds the gradients of everything that <paramref name="end"/> was computed from, over all cuts.</summary>
    /// <param name="end">The last graph's end.</param>
    /// <param name="gradient">Its gradient; null for a loss.</param>
    /// <param name="goneBack">Called after each graph; <see cref="Count"/> are left. Null: nobody asks.</param>
    public void Backward(Tensor end, Tensor? gradient = null, Action? goneBack = null)
    {
        autograd.backward([end], gradient is null ? null : [gradient]);
        goneBack?.Invoke();
        while (cuts.TryPeek(out var cut))
        {
            using (NewDisposeScope())
            using (no_grad())
            {
                if (cut.Output.grad is { } arrived)
                    cut.Backward(arrived);
            }

            // Memory that the next gradients can take, while it is in the cache.
            DropLast();
            goneBack?.Invoke();
        }
    }

    /// <summary>Forgets what was recorded and not used.</summary>
    public void Clear()
    {
        while (cuts.Count > 0)
            DropLast();
    }

    public void Dispose() => Clear();

    private void DropLast()
    {
        foreach (var tensor in cuts.Pop().Own)
        {
            kept.Remove(tensor);
            tensor.Dispose();
        }
    }

    private sealed record Cut(Tensor Output, Action<Tensor> Backward, List<Tensor> Own);
}
