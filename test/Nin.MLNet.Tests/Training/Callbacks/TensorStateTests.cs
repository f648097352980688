using Nin.MLNet.Network;
using Nin.MLNet.Training.Callbacks;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Training.Callbacks;

[TestClass]
public sealed class TensorStateTests
{
    [TestMethod]
    public void ReadSnapshot_WhatWriteWrote_IsTheSnapshotOrNone()
    {
        using var network = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        using var snapshot = network.Snapshot();
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(null, network);
        writer.Write(snapshot, network);
        writer.Write(42);
        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        using var other = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
        other.Buffers.fill_(9.0);
        Assert.IsNull(reader.ReadSnapshot(other));
        using var read = reader.ReadSnapshot(other);
        Assert.AreEqual(42, reader.ReadInt32());
        other.Restore(read!);
        Assert.IsTrue(network.Parameters.bytes.SequenceEqual(other.Parameters.bytes));
        Assert.IsTrue(network.Buffers.bytes.SequenceEqual(other.Buffers.bytes));
    }
}
