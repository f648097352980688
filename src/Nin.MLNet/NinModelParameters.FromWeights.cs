using System.Globalization;
using Nin.MLNet.Hosting;
using Nin.MLNet.Network;
using Nin.MLNet.Persistence;
using static TorchSharp.torch;

namespace Nin.MLNet;

public sealed partial class NinModelParameters
{
    private const int LongestSide = 4_096;

    /// <summary>
    /// A model from weights that were not trained here, for example by PyTorch, either to score with (<see cref="NinTransformer"/>) or to
    /// continue training from (<see cref="NinTrainer.Options.InitialModel"/>).
    /// </summary>
    /// <param name="path">A safetensors file with the names and shapes of PyTorch's state dict of the same nn.Sequential, as
    /// <see cref="SaveWeights"/> writes it. F32, F16, BF16 or F64.</param>
    /// <param name="architecture">The network that the weights belong to.</param>
    /// <param name="imageLayout">How the features column will hold an image.</param>
    /// <param name="classNames">A name for each class, in the order of the network's outputs; no two alike.</param>
    /// <param name="pixelMeans">The value subtracted from a pixel, one per channel, in the units of the features column; null: 0.</param>
    /// <param name="pixelStds">The value that a pixel is then divided by, one per channel, above 0; null: 1.</param>
    /// <param name="resizeTo">Side, in pixels, of the square that images are then resized to (bilinear, half-pixel centres, smoothed when
    /// shrinking), 1 to 4,096; null: not resized.</param>
    /// <param name="precision">The number format to score in.</param>
    /// <exception cref="ArgumentException">An argument does not fit the architecture; the message names it and says what was found and
    /// what was expected.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a safetensors file, is cut short, or is for another
    /// architecture.</exception>
    public static NinModelParameters FromWeights(
        string path,
        NinArchitecture architecture,
        NinImageLayout imageLayout,
        IReadOnlyList<string> classNames,
        IReadOnlyList<float>? pixelMeans = null,
        IReadOnlyList<float>? pixelStds = null,
        int? resizeTo = null,
        NinTrainer.Precision precision = NinTrainer.Precision.Auto)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(architecture);
        ArgumentNullException.ThrowIfNull(imageLayout);
        ArgumentNullException.ThrowIfNull(classNames);
        CheckImages(architecture, imageLayout.Shape, resizeTo);
        CheckClassNames(architecture, classNames);
        float[] means = [.. pixelMeans ?? Enumerable.Repeat(0f, architecture.InputChannels)];
        float[] stds = [.. pixelStds ?? Enumerable.Repeat(1f, architecture.InputChannels)];
        CheckPerChannel(architecture, means, nameof(pixelMeans), "a finite number", float.IsFinite);
        CheckPerChannel(architecture, stds, nameof(pixelStds), "a finite number above 0", std => float.IsFinite(std) && std > 0);
        if (!Enum.IsDefined(precision))
            throw Refusal.Option(nameof(precision), $"precision is {precision}: it must be one of {Names<NinTrainer.Precision>()}.");

        using var file = File.OpenRead(path);
        var network = new NinNetwork(architecture, CPU);
        try
        {
            SafeTensors.ReadInto(file, $"'{path}'", network);
            return new NinModelParameters(
                network, new Normalization(means, stds), imageLayout, resizeTo, precision, LabelClasses.Of(classNames), []);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static void CheckImages(NinArchitecture architecture, NinImageShape shape, int? resizeTo)
    {
        if (shape.Channels != architecture.InputChannels)
            throw Refusal.Option("imageLayout", string.Create(
                CultureInfo.InvariantCulture,
                $"imageLayout holds images of {shape} (channels x height x width), but the architecture reads " +
                $"{architecture.InputChannels} channel(s)."));
        if (resizeTo is < 1 or > LongestSide)
            throw Refusal.Option(nameof(resizeTo), string.Create(
                CultureInfo.InvariantCulture, $"resizeTo is {resizeTo}: it must be a whole number from 1 to {LongestSide:N0}, or null."));
        var (height, width) = (resizeTo ?? shape.Height, resizeTo ?? shape.Width);
        if (!architecture.Fits(height) || !architecture.Fits(width))
            throw Refusal.Option("imageLayout", string.Create(
                CultureInfo.InvariantCulture,
                $"Images of {height}x{width} pixels are too small for this architecture, whose smallest is " +
                $"{architecture.FindSmallestImage()}x{architecture.FindSmallestImage()}: set resizeTo to the side that its weights were " +
                $"trained on."));
    }

    private static void CheckClassNames(NinArchitecture architecture, IReadOnlyList<string> classNames)
    {
        if (classNames.Count != architecture.Classes)
            throw Refusal.Option(nameof(classNames), string.Create(
                CultureInfo.InvariantCulture,
                $"classNames has {classNames.Count} name(s), but the architecture has {architecture.Classes} classes: give one for each, " +
                $"in the order of its outputs."));
        if (classNames.Any(string.IsNullOrEmpty))
            throw Refusal.Option(nameof(classNames), "classNames holds a name that is null or empty: give every class a name.");
        if (classNames.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw Refusal.Option(nameof(classNames), $"classNames holds '{twice.Key}' {twice.Count()} times: no two classes may be alike.");
    }

    private static void CheckPerChannel(
        NinArchitecture architecture, float[] values, string name, string expected, Func<float, bool> isGood)
    {
        if (values.Length != architecture.InputChannels)
            throw Refusal.Option(name, string.Create(
                CultureInfo.InvariantCulture,
                $"{name} has {values.Length} value(s), but the architecture reads {architecture.InputChannels} channel(s): give one for " +
                $"each, or null."));
        foreach (var value in values)
        {
            if (!isGood(value))
                throw Refusal.Option(name, string.Create(
                    CultureInfo.InvariantCulture, $"{name} holds {value}: every value must be {expected}."));
        }
    }

    private static string Names<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetNames<T>());
}
