using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>The first path that computes a convolution correctly on this machine, and what was wrong with those before it.</summary>
/// <param name="Path">The path to use.</param>
/// <param name="Faults">One clause for each path that is wrong here; empty if the fastest is right.</param>
internal sealed record ConvolutionChoice(ConvolutionPath Path, IReadOnlyList<string> Faults)
{
    // Limit for a check's forward pass, in multiply-adds: about 10 ms, and enough for all images of a usual batch of small ones.
    private const long MostWork = 1_000_000_000;
    private static readonly ConcurrentDictionary<ConvolutionCase, ConvolutionChoice> Known = new();

    /// <summary>
    /// The choice for the images that a layer is about to see. Each case is checked once per process, when it first comes up.
    /// </summary>
    public static ConvolutionChoice For(Layer layer, Tensor x, bool weightGradient, bool inputGradient)
    {
        if (x.device.type != DeviceType.CPU)
            return new ConvolutionChoice(new ConvolutionPath(ConvolutionMethod.Direct, x.dtype), []);
        var what = ConvolutionCase.Of(layer, x, weightGradient, inputGradient);
        var work = Math.Max(1, layer.MultiplyAdds(layer.OutputSide((int)what.Height), layer.OutputSide((int)what.Width)));
        // A part of a batch of large images is enough, but not one image alone: it may be split among the threads differently.
        what = what with { Images = Math.Min(what.Images, Math.Max(2, MostWork / work)) };
        return ConvolutionCheck.Remembered(Known, what, Choose);
    }

    /// <summary>One line for the log.</summary>
    public static string Describe(Layer layer, IEnumerable<string> faults, string instead) =>
        $"Layer {layer.Name}, {layer}: libtorch's fastest kernels for it cannot be used on this processor ({string.Join("; ", faults)}). " +
        $"It is computed in {instead} instead.";

    private static ConvolutionChoice Choose(ConvolutionCase what)
    {
        var faults = new List<string>();
        var paths = ConvolutionPath.For(what.Layer, what.Type, what.Threads);
        // oneDNN 3.7's gradient of one-channel images is right in some calls and wrong in others, so no check can be sure to catch it.
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
