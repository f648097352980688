using Nin.MLNet.Hosting;
using Nin.MLNet.Native;
using Nin.MLNet.Network;
using Nin.MLNet.Persistence;

namespace Nin.MLNet;

/// <summary>What a training learnt: architecture, weights, classes and history. Owns native memory; disposing the transformer disposes it.</summary>
public sealed class NinModelParameters : IDisposable
{
    private readonly NinNetwork network;
    private readonly Lock gate = new();
    private InferenceNetwork? scoring;
    private bool disposed;

    internal NinModelParameters(
        NinNetwork network, Normalization normalization, NinImageLayout imageLayout, int? resizeTo, NinTrainer.Precision precision, int scoringBatchSize,
        LabelClasses classes, IReadOnlyList<NinEpoch> history)
    {
        this.network = network;
        (Normalization, ImageLayout, ResizeTo, Precision, ScoringBatchSize) = (normalization, imageLayout, resizeTo, precision, scoringBatchSize);
        (Classes, History) = (classes, [.. history]);
    }

    /// <summary>The network.</summary>
    public NinArchitecture Architecture => network.Architecture;

    /// <summary>Names of the classes in the order of <c>Score</c>; the numbers from 0 where the label had no key values.</summary>
    public IReadOnlyList<string> ClassNames => Classes.Names;

    /// <summary>Number of trainable parameters.</summary>
    public long ParameterCount => Architecture.ParameterCount;

    /// <summary>One entry for each epoch that was trained.</summary>
    public IReadOnlyList<NinEpoch> History { get; }

    /// <summary>How the features column holds an image.</summary>
    public NinImageLayout ImageLayout { get; }

    internal Normalization Normalization { get; }

    internal NinImageShape ImageShape => ImageLayout.Shape;

    internal int? ResizeTo { get; }

    internal NinTrainer.Precision Precision { get; }

    internal int ScoringBatchSize { get; }

    internal LabelClasses Classes { get; }

    /// <summary>The scoring form of the present weights, made when first needed.</summary>
    internal InferenceNetwork Scoring
    {
        get
        {
            lock (gate)
            {
                ObjectDisposedException.ThrowIf(disposed, this);
                return scoring ??= new InferenceNetwork(network, Normalization, ResizeTo, Precision);
            }
        }
    }

    /// <summary>Writes the weights as safetensors, named as PyTorch's state dict of the same nn.Sequential.</summary>
    /// <param name="path">File to write; replaced only once the new one is whole.</param>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void SaveWeights(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(disposed, this);
        DurableFile.Write(path, stream => SafeTensors.Write(stream, network));
    }

    /// <summary>Reads weights written by <see cref="SaveWeights"/> or by PyTorch. Not while others are scoring.</summary>
    /// <param name="path">A safetensors file of the same architecture.</param>
    /// <exception cref="InvalidDataException">Cut short, or of another architecture; the weights stay as they were.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void LoadWeights(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = File.OpenRead(path);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            SafeTensors.ReadInto(file, $"'{path}'", network);
            scoring?.Dispose();
            scoring = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
                return;
            disposed = true;
            scoring?.Dispose();
            network.Dispose();
        }
    }

    /// <summary>A hash of weights and running statistics.</summary>
    internal string ContentHash
    {
        get
        {
            using var stream = new MemoryStream();
            SafeTensors.Write(stream, network);
            return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        }
    }

    internal void CopyWeightsTo(NinNetwork target)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var _ = TorchSharp.torch.no_grad();
        foreach (var ((_, from), (_, to)) in network.State.Zip(target.State))
            to.copy_(from);
    }

    internal void Write(Stream stream, string featureColumnName)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ModelEntry.Write(stream, new ModelDescription(Architecture, Normalization, ImageLayout, ResizeTo, Precision, ScoringBatchSize, featureColumnName, History), network);
    }
}
