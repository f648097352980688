using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training.Callbacks;

/// <summary>Flat buffers and snapshots in a callback's state: consecutive float32 values.</summary>
internal static class TensorState
{
    public static void Write(this BinaryWriter writer, Tensor buffer, FlatLayout layout)
    {
        using var scope = NewDisposeScope();
        writer.Write(layout.Compact(buffer.detach()).cpu().bytes);
    }

    public static void ReadInto(this BinaryReader reader, Tensor buffer, FlatLayout layout)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var compact = empty(layout.CompactLength, dtype: ScalarType.Float32, device: CPU);
        reader.BaseStream.ReadExactly(compact.bytes);
        layout.Expand(compact, buffer);
    }

    /// <summary>A snapshot of a network, or a marker that there is none.</summary>
    public static void Write(this BinaryWriter writer, WeightSnapshot? snapshot, NinNetwork network)
    {
        writer.Write(snapshot is not null);
        if (snapshot is null)
            return;
        writer.Write(snapshot.Parameters, network.ParameterLayout);
        writer.Write(snapshot.Buffers, network.BufferLayout);
    }

    /// <param name="reader">Positioned at what <c>Write</c> wrote.</param>
    /// <param name="network">Determines the sizes.</param>
    public static WeightSnapshot? ReadSnapshot(this BinaryReader reader, NinNetwork network)
    {
        if (!reader.ReadBoolean())
            return null;
        var snapshot = network.Snapshot();
        reader.ReadInto(snapshot.Parameters, network.ParameterLayout);
        reader.ReadInto(snapshot.Buffers, network.BufferLayout);
        return snapshot;
    }
}
