using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>Weights and buffers of a network at one moment.</summary>
internal sealed record WeightSnapshot(Tensor Parameters, Tensor Buffers) : IDisposable
{
    public void Dispose()
    {
        Parameters.Dispose();
        Buffers.Dispose();
    }
}
