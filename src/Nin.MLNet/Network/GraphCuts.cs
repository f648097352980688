using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// Our own arithmetic within autograd's graph. Its output starts a new graph; <see cref="Backward"/> passes that output's gradient on to
/// the graph before. Native code never calls ours, so an exception in it is like any other.
/// </summary>
internal sealed class GraphCuts : IDisposable
{
    private readonly Stack<Cut> cuts = [];
    private readonly HashSet<Tensor> kept = new(ReferenceEqualityComparer.Instance);

    /// <summary>Cuts whose backward pass has not run yet.</summary>
    public int Count => cuts.Count;

    /// <summary>Whether the backward pass needs a tensor, and will dispose of it.</summary>
    public bool Keeps(Tensor tensor) => kept.Contains(tensor);

    /// <summary>Adds a result that was computed without autograd, as the start of a new graph.</summary>
    /// <param name="x">What it was computed from.</param>
    /// <param name="output">The result.</param>
    /// <param name="backward">Receives the result's gradient and passes it on to the graph of x.</param>
    public Tensor Add(Tensor x, Tensor output, Action<Tensor> backward)
    {
        List<Tensor> own = [output.requires_grad_(true)];
        // A leaf belongs to the caller or is the output of another cut.
        if (!x.is_leaf)
            own.Add(x);
        foreach (var tensor in own)
            kept.Add(tensor.DetachFromDisposeScope());
        cuts.Push(new Cut(output, backward, own));
        return output;
    }

    /// <summary>Adds the gradients of everything that <paramref name="end"/> was computed from, across all cuts.</summary>
    /// <param name="end">The end of the last graph.</param>
    /// <param name="gradient">Its gradient; null for a loss.</param>
    /// <param name="goneBack">Called after each graph, when <see cref="Count"/> cuts are left; or null.</param>
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

            // The next gradients can reuse this memory while it is in the cache.
            DropLast();
            goneBack?.Invoke();
        }
    }

    /// <summary>Forgets what was recorded but not used.</summary>
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
