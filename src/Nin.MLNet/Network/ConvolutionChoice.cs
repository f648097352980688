using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>The first way that computes a convolution right on this machine, and what was wrong with those before it.</summary>
/// <param name="Path">The way to go.</param>
/// <param name="Faults">One sentence part for each way that is wrong here; empty where the fastest is right.</param>
internal sealed record ConvolutionChoice(ConvolutionPath Path, IReadOnlyList<string> Faults)
{
    // Multiply-adds of a check's forward pass: about 10 ms, and all images of a usual batch of small ones.
    private const long MostWork = 1_000_000_000;
    // Publication only: a check that ran out of memory is tried again, not remembered.
    private static readonly ConcurrentDictionary<ConvolutionCase, Lazy<ConvolutionChoice>> Known = new();

    /// <summary>The choice for the images that a layer is about to see: checked once in a process, when the case first comes up.</summary>
    public static ConvolutionChoice For(Layer layer, Tensor x, bool weightGradient, bool inputGradient)
    {
        if (x.device.type != DeviceType.CPU)
            return new ConvolutionChoice(new ConvolutionPath(ConvolutionMethod.Direct, x.dtype), []);
        var what = ConvolutionCase.Of(layer, x, weightGradient, inputGradient);
        var work = Math.Max(1, layer.MultiplyAdds(layer.OutputSide((int)what.Height), layer.OutputSide((int)what.Width)));
        // Of a batch of large images a part will do; one image alone, though, may be shared out among the threads in another way.
        what = what with { Images = Math.Min(what.Images, Math.Max(2, MostWork / work)) };
        return Known.GetOrAdd(what, Deferred).Value;

        static Lazy<ConvolutionChoice> Deferred(ConvolutionCase what) => new(() => Choose(what), LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>One line for the log.</summary>
    public static string Describe(Layer layer, IEnumerable<string> faults, string instead) =>
        $"Layer {layer.Name}, {layer}: libtorch's fastest kernels for it cannot be used on this processor ({string.Join("; ", faults)}). " +
        $"It is computed in {instead} instead.";

    private static ConvolutionChoice Choose(ConvolutionCase what)
    {
        var faults = new List<string>();
        var paths = ConvolutionPath.For(what.Layer, what.Type, what.Threads);
        // oneDNN 3.7's gradient of images of one channel is right in some calls and wrong in others: no check can hold it.
        if (what.InputGradient && what.Layer.In == 1)
            return new ConvolutionChoice(paths[^1], ["the gradient of images of one channel is not always right"]);
        foreach (var path in paths.SkipLast(1))
        {
            var fault = ConvolutionCheck.Fault(
                what, rectify: false, (x, weight, bias, cuts) => path.Run(x, weight, bias, what.Layer, rectify: false, cuts));
            if (fault is null)
                return new ConvolutionChoice(path, faults);
            faults.Add($"in {path}, {fault}");
        }

        return new ConvolutionChoice(paths[^1], faults);
    }
}
