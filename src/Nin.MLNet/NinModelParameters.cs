using Microsoft.ML.Data;
using Nin.MLNet.Export;
using Nin.MLNet.Hosting;
using Nin.MLNet.Native;
using Nin.MLNet.Network;
using Nin.MLNet.Persistence;
using static TorchSharp.torch;

namespace Nin.MLNet;

/// <summary>
/// What a training learnt: architecture, weights, classes and history. Owns native memory; disposing the transformer disposes it.
/// </summary>
public sealed partial class NinModelParameters : IDisposable
{
    private readonly NinNetwork network;
    private readonly Lock gate = new();
    private volatile SharedNetwork? scoring;
    private Device scoringDevice;
    private NinTrainer.Precision scoringPrecision;
    private bool disposed;

    internal NinModelParameters(
        NinNetwork network, Normalization normalization, NinImageLayout imageLayout, int? resizeTo, NinTrainer.Precision precision,
        LabelClasses classes, IReadOnlyList<NinEpoch> history, double temperature = 1)
    {
        this.network = network;
        scoringDevice = network.Device;
        (Normalization, ImageLayout, ResizeTo) = (normalization, imageLayout, resizeTo);
        Precision = scoringPrecision = precision;
        (Classes, History, Temperature) = (classes, [.. history], temperature);
    }

    /// <summary>The network.</summary>
    public NinArchitecture Architecture => network.Architecture;

    /// <summary>Names of the classes in the order of <c>Score</c>; the numbers from 0 if the label had no key values.</summary>
    public IReadOnlyList<string> ClassNames => Classes.Names;

    /// <summary>Number of trainable parameters.</summary>
    public long ParameterCount => Architecture.ParameterCount;

    /// <summary>One entry for each epoch trained.</summary>
    public IReadOnlyList<NinEpoch> History { get; }

    /// <summary>How the features column holds an image.</summary>
    public NinImageLayout ImageLayout { get; }

    /// <summary>The value subtracted from a pixel before the network sees it: one per channel, in the units of the features.</summary>
    public IReadOnlyList<float> PixelMeans => Array.AsReadOnly(Normalization.Mean);

    /// <summary>
    /// The value that a pixel is divided by after the mean is subtracted: one per channel, above 0, in the units of the features.
    /// </summary>
    public IReadOnlyList<float> PixelStds => Array.AsReadOnly(Normalization.Std);

    /// <summary>Side, in pixels, of the square that images are resized to after normalisation (bilinear); null: not resized.</summary>
    public int? ResizeTo { get; }

    /// <summary>
    /// The value that the logits are divided by before the softmax, above 0: 1, unless
    /// <see cref="NinTrainer.Options.CalibrateTemperature"/> fitted another. Above 1 means that the scores were over-confident without it;
    /// below 1, under-confident. New weights (<see cref="NinTransformer.WithWeights"/>) keep it.
    /// </summary>
    public double Temperature { get; }

    internal Normalization Normalization { get; }

    internal NinImageShape ImageShape => ImageLayout.Shape;

    internal NinTrainer.Precision Precision { get; }

    internal LabelClasses Classes { get; }

    /// <summary>The device on which scores are computed.</summary>
    internal Device ScoringDevice
    {
        get => scoringDevice;
        set => ScoreOtherwise(() => scoringDevice = value);
    }

    /// <summary>The number format in which scores are computed.</summary>
    internal NinTrainer.Precision ScoringPrecision
    {
        get => scoringPrecision;
        set => ScoreOtherwise(() => scoringPrecision = value);
    }

    /// <summary>Writes the weights as safetensors, named as in PyTorch's state dict of the same nn.Sequential.</summary>
    /// <param name="path">File to write; an existing file is replaced only once the new one is complete.</param>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void SaveWeights(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        WithNetwork(network => DurableFile.Write(path, stream => SafeTensors.Write(stream, network)));
    }

    /// <summary>Frees the weights. Scores being computed are finished first; later calls throw an ObjectDisposedException.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
                return;
            disposed = true;
            scoring?.Release();
            scoring = null;
            network.Dispose();
        }
    }

    /// <summary>A hash of weights and running statistics.</summary>
    internal string ContentHash
    {
        get
        {
            using var stream = new MemoryStream();
            WithNetwork(network => SafeTensors.Write(stream, network));
            return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        }
    }

    /// <summary>
    /// Runs work on the weights' scoring form, which stays intact until the work is done, even if others dispose the model meanwhile.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    internal void Score(Action<InferenceNetwork> work)
    {
        SharedNetwork shared;
        InferenceNetwork used;
        do
            shared = scoring ?? Make();
        while (!shared.TryUse(out used));
        try
        {
            work(used);
        }
        finally
        {
            shared.Release();
        }
    }

    /// <summary>The same model with the weights of a safetensors file.</summary>
    /// <exception cref="InvalidDataException">The file is cut short, or is for another architecture.</exception>
    internal NinModelParameters WithWeights(string path)
    {
        WithNetwork(_ => { });
        using var file = File.OpenRead(path);
        var other = new NinNetwork(Architecture, network.Device);
        try
        {
            SafeTensors.ReadInto(file, $"'{path}'", other);
            return new NinModelParameters(other, Normalization, ImageLayout, ResizeTo, Precision, Classes, History, Temperature)
            {
                ScoringDevice = ScoringDevice,
                ScoringPrecision = ScoringPrecision,
            };
        }
        catch
        {
            other.Dispose();
            throw;
        }
    }

    /// <summary>Copies the weights of all layers that have the same shape.</summary>
    internal void CopyWeightsTo(NinNetwork target) => WithNetwork(network =>
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var ((_, from), (_, to)) in network.State.Zip(target.State))
        {
            if (from.shape.AsSpan().SequenceEqual(to.shape))
                to.copy_(from);
        }
    });

    internal void Write(Stream stream, string featureColumnName)
    {
        var description = new ModelDescription(
            Architecture, Normalization, ImageLayout, ResizeTo, Precision, featureColumnName, History, Temperature);
        WithNetwork(network => ModelEntry.Write(stream, description, network, Classes.Save()));
    }

    internal void WriteOnnx(
        OnnxGraph graph, string images, bool withMirrorImages, (string Name, DataViewType Type) score,
        (string Name, DataViewType Type) predicted) =>
        WithNetwork(network => new OnnxNetwork(graph, ImageLayout, Normalization, ResizeTo, Temperature, withMirrorImages)
            .Write(network, images, score, predicted));

    /// <summary>Changes how scores are computed from now on.</summary>
    private void ScoreOtherwise(Action change)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            change();
            scoring?.Release();
            scoring = null;
        }
    }

    private SharedNetwork Make()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return scoring ??= new SharedNetwork(
                new InferenceNetwork(network, Normalization, ResizeTo, scoringPrecision, scoringDevice, Temperature));
        }
    }

    private void WithNetwork(Action<NinNetwork> work)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            work(network);
        }
    }
}
