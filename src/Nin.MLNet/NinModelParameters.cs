namespace Nin.MLNet;

/// <summary>What a training learnt: architecture, weights, class names and history.</summary>
public sealed class NinModelParameters : IDisposable
{
    internal NinModelParameters() { }

    /// <summary>The network.</summary>
    public NinArchitecture Architecture { get; } = null!;

    /// <summary>Names of the classes in the order of <c>Score</c>; the numbers from 0 where the label had no key values.</summary>
    public IReadOnlyList<string> ClassNames { get; } = [];

    /// <summary>Number of trainable parameters.</summary>
    public long ParameterCount => Architecture.ParameterCount;

    /// <summary>One entry for each epoch that was trained.</summary>
    public IReadOnlyList<NinEpoch> History { get; } = [];

    /// <summary>Writes the weights as safetensors, named as PyTorch's state dict of the same nn.Sequential.</summary>
    /// <param name="path">File to write.</param>
    public void SaveWeights(string path) => throw new NotSupportedException();

    /// <summary>Reads weights written by <see cref="SaveWeights"/> or by PyTorch.</summary>
    /// <param name="path">File to read.</param>
    public void LoadWeights(string path) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
