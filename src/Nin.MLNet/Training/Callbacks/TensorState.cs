using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training.Callbacks;

/// <summary>Tensors and snapshots in a callback's state: float32 values one after the other.</summary>
internal static class TensorState
{
    public static void Write(this BinaryWriter writer, Tensor tensor)
    {
        using var local = tensor.detach().cpu();
        writer.Write(local.bytes);
    }

    public static void ReadInto(this BinaryReader reader, Tensor target)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var local = empty(target.shape, dtype: ScalarType.Float32, device: CPU);
        reader.BaseStream.ReadExactly(local.bytes);
        target.copy_(local);
    }

    /// <summary>A snapshot, or that there is none.</summary>
    public static void Write(this BinaryWriter writer, WeightSnapshot? snapshot)
    {
        writer.Write(snapshot is not null);
        if (snapshot is null)
            return;
        writer.Write(snapshot.Parameters);
        writer.Write(snapshot.Buffers);
    }

    /// <param name="reader">Stands at what <c>Write</c> wrote.</param>
    /// <param name="network">Tells the sizes.</param>
    public static WeightSnapshot? ReadSnapshot(this BinaryReader reader, NinNetwork network)
    {
        if (!reader.ReadBoolean())
            return null;
        var snapshot = network.Snapshot();
        reader.ReadInto(snapshot.Parameters);
        reader.ReadInto(snapshot.Buffers);
        return snapshot;
    }
}
