using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

[TestClass]
public sealed class FlatLayoutTests
{
    [TestMethod]
    public void Start_AnyCounts_IsWhereFourNumbersCanBeReadAtOnce()
    {
        var layout = new FlatLayout([54, 6, 30, 5, 8, 3]);
        CollectionAssert.AreEqual(new long[] { 0, 56, 64, 96, 104, 112 }, Enumerable.Range(0, 6).Select(layout.Start).ToArray());
        Assert.AreEqual((115, 106), (layout.Length, layout.CompactLength));
    }

    [TestMethod]
    [DataRow("3,5,2")]
    [DataRow("4,8,3")]
    [DataRow("7")]
    [DataRow("")]
    public void Expand_WhatCompactGave_IsTheBufferAgain(string counts)
    {
        using var scope = NewDisposeScope();
        var layout = new FlatLayout(counts.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse));
        var compact = arange(layout.CompactLength, dtype: ScalarType.Float32, device: CPU);
        var buffer = zeros(layout.Length, dtype: ScalarType.Float32, device: CPU);
        layout.Expand(compact, buffer);
        CollectionAssert.AreEqual(
            counts.Length > 0 ? compact.data<float>().ToArray() : [0f], layout.Compact(buffer).data<float>().ToArray());
    }

    [TestMethod]
    public void State_LayersOfOddSizes_BeginWhereAGpusKernelsExpectThem()
    {
        var architecture = new NinArchitecture(1, [new NinBlock([6, 5, 7], 3, 1, 1), new NinBlock([9, 3], 3, 1, 1)]) { BatchNorm = true };
        using var network = new NinNetwork(architecture, CPU);
        foreach (var (name, value) in network.State)
            Assert.AreEqual(0, value.storage_offset() % 4, name);
        Assert.IsGreaterThan(architecture.ParameterCount, network.Parameters.numel());
    }
}
