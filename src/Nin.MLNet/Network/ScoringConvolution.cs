using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// A convolution for scoring, with the ReLU that follows it. For each batch size it uses the fastest kernel that was found to be right,
/// with the weight laid out for that kernel. Many threads may use it at once.
/// </summary>
internal sealed class ScoringConvolution : IDisposable
{
    private static readonly ConcurrentDictionary<(Layer, ScalarType, bool Rectify, string Layout), string?> KnownFaults = new();
    private readonly Lock gate = new();
    private readonly Layer layer;
    private readonly bool rectify;
    private readonly Tensor weight;
    private readonly Tensor bias;
    private readonly ConcurrentDictionary<(int Threads, long Images, long Height, long Width), Kernel> kernels = new();
    private readonly Dictionary<string, (Tensor Weight, Tensor Bias)> prepared = [];

    /// <param name="layer">Its sizes.</param>
    /// <param name="rectify">Whether a ReLU follows.</param>
    /// <param name="weight">[Out, In, k, k] in float32; copied.</param>
    /// <param name="bias">[Out] in float32; copied.</param>
    public ScoringConvolution(Layer layer, bool rectify, Tensor weight, Tensor bias)
    {
        (this.layer, this.rectify) = (layer, rectify);
        this.weight = MemoryLayout.ChannelsLast(weight.detach().clone()).DetachFromDisposeScope();
        this.bias = bias.detach().clone().DetachFromDisposeScope();
    }

    /// <summary>What is not computed in the fastest way, and why, for the log; null if all is well so far.</summary>
    public string? Note { get; private set; }

    /// <param name="x">[N, In, H, W], channels last.</param>
    public Tensor Run(Tensor x)
    {
        var size = SizeOf(x);
        return (kernels.TryGetValue(size, out var kernel) ? kernel : Add()).Run(x);

        Kernel Add()
        {
            lock (gate)
                return kernels.GetOrAdd(size, _ => Choose(x));
        }
    }

    /// <summary>The fused kernel that images like <paramref name="x"/> were computed with; null if another kernel was used.</summary>
    public FusedConvolution? FusedFor(Tensor x) => kernels.TryGetValue(SizeOf(x), out var kernel) ? kernel.Fused : null;

    public void Dispose()
    {
        foreach (var (packed, shift) in prepared.Values)
        {
            packed.Dispose();
            shift.Dispose();
        }

        weight.Dispose();
        bias.Dispose();
    }

    private static (int Threads, long Images, long Height, long Width) SizeOf(Tensor x)
    {
        var shape = x.shape;
        return (get_num_threads(), shape[0], shape[2], shape[3]);
    }

    private Kernel Choose(Tensor x)
    {
        using var scope = NewDisposeScope();
        var faults = new List<string>();
        var (kernel, name) = Fastest(x, faults);
        if (faults.Count > 0)
            Note ??= ConvolutionChoice.Describe(layer, faults, name);
        return kernel;
    }

    private (Kernel Kernel, string Name) Fastest(Tensor x, List<string> faults)
    {
        if (FusedKernels.For(layer, x.device) is { } fused)
        {
            foreach (var method in new[] { ConvolutionMethod.Direct, ConvolutionMethod.Widened })
            {
                var name = $"fused {new ConvolutionPath(method, x.dtype)}";
                var (kernel, fault) = Fused(fused, x, method == ConvolutionMethod.Widened);
                if (kernel is not null)
                    return (new Kernel(kernel.Run, kernel), name);
                faults.Add($"in {name}, {fault}");
            }
        }

        var choice = ConvolutionChoice.For(layer, x, weightGradient: false, inputGradient: false);
        faults.AddRange(choice.Faults);
        var path = choice.Path;
        var (kernelWeight, kernelBias) = Keep($"{path}", () => (weight.to(path.Type, copy: true), bias.to(path.Type, copy: true)));
        return (new Kernel(images => path.Run(images, kernelWeight, kernelBias, layer, rectify, new GraphCuts())), $"{path}");
    }

    private (FusedConvolution? Kernel, string? Fault) Fused(FusedKernels fused, Tensor x, bool widened)
    {
        var (wide, wideWeight, wideBias) = widened ? ConvolutionPath.Widen(layer, weight, bias) : (layer, weight, bias);
        try
        {
            var (packed, layout) = fused.Pack(wideWeight.to(x.dtype), x, wide);
            if (FaultOf(fused, x, wide, layout) is { } fault)
                return (null, fault);
            var (kernelWeight, kernelBias) = Keep(layout, () => (packed, wideBias.to(x.dtype, copy: true)));
            return (new FusedConvolution(fused, wide, layer.Out, rectify, kernelWeight, kernelBias), null);
        }
        catch (ExternalException e) when (ConvolutionCheck.IsRefusal(e))
        {
            return (null, ConvolutionCheck.Refusal(e));
        }
    }

    private string? FaultOf(FusedKernels fused, Tensor x, Layer wide, string layout)
    {
        var what = ConvolutionCase.Of(wide, x, weightGradient: false, inputGradient: false);
        var key = (what.Layer, what.Type, rectify, layout);
        return ConvolutionCheck.Remembered(KnownFaults, key, _ => ConvolutionCheck.Fault(what, rectify, (images, kernel, shift, _) =>
            fused.Convolution(images, fused.Pack(kernel.to(what.Type), images, wide).Weight, shift.to(what.Type), wide, rectify)));
    }

    /// <summary>One copy for all sizes that want the same layout.</summary>
    private (Tensor Weight, Tensor Bias) Keep(string layout, Func<(Tensor Weight, Tensor Bias)> make)
    {
        if (prepared.TryGetValue(layout, out var known))
            return known;
        var (packed, shift) = make();
        return prepared[layout] = (packed.DetachFromDisposeScope(), shift.DetachFromDisposeScope());
    }

    private sealed record Kernel(Func<Tensor, Tensor> Run, FusedConvolution? Fused = null);
}
