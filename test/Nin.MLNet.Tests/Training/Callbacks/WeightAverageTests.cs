using Nin.MLNet.Network;
using Nin.MLNet.Training.Callbacks;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Training.Callbacks;

[TestClass]
public sealed class WeightAverageTests
{
    [TestMethod]
    public void Update_Ema_FollowsTheWeightsAtItsDecay()
    {
        using var network = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
        using var average = new WeightAverage(network, NinTrainer.WeightAveraging.Ema, 0.9);
        var expected = 0.0;
        for (var step = 1; step <= 200; step++)
        {
            Fill(network, step);
            average.Update();
            expected += (step - expected) * (1 - Math.Min(0.9, (1.0 + step) / (10 + step)));
            if (step != 3)
                continue;
            // An average of few steps forgets quickly.
            average.PutInto(network);
            Assert.AreEqual(expected, First(network.Parameters), 1e-5);
        }

        Assert.AreEqual(200, First(network.Parameters), 0);
        average.PutInto(network);
        Assert.AreEqual(expected, First(network.Parameters), 1e-2);
        Assert.IsLessThan(195f, First(network.Parameters));
    }

    [TestMethod]
    public void Update_Lookahead_MovesHalfWayEveryFifthStepAndStartsThere()
    {
        using var network = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
        using var average = new WeightAverage(network, NinTrainer.WeightAveraging.Lookahead, 0);
        for (var step = 1; step <= 5; step++)
        {
            Fill(network, step);
            average.Update();
            Assert.AreEqual(step == 5 ? 2.5f : step, First(network.Parameters));
        }
    }

    // Running statistics: a moving average has its own, lookahead uses the network's.
    [TestMethod]
    [DataRow(NinTrainer.WeightAveraging.Ema)]
    [DataRow(NinTrainer.WeightAveraging.Lookahead)]
    public void Update_AnyAverage_TakesTheRunningStatisticsIn(NinTrainer.WeightAveraging kind)
    {
        using var network = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
        using var average = new WeightAverage(network, kind, 0);
        for (var step = 1; step <= 5; step++)
        {
            using var scope = NewDisposeScope();
            network.Buffers.fill_((double)step);
            average.Update();
        }

        average.PutInto(network);
        Assert.AreEqual(5f, First(network.Buffers));
    }

    [TestMethod]
    public void RestoreState_WhatSaveStateWrote_GoesOnFromThere()
    {
        using var network = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
        Fill(network, 1);
        using var average = new WeightAverage(network, NinTrainer.WeightAveraging.Lookahead, 0);
        using var stream = new MemoryStream();
        for (var step = 1; step <= 5; step++)
        {
            Fill(network, step);
            average.Update();
            if (step == 3)
                average.SaveState(new BinaryWriter(stream));
        }

        using var other = new WeightAverage(network, NinTrainer.WeightAveraging.Lookahead, 0);
        stream.Position = 0;
        network.Buffers.fill_(7.0);
        other.RestoreState(new BinaryReader(stream));
        other.PutInto(network);
        Assert.AreEqual((1f, 0f), (First(network.Parameters), First(network.Buffers)));
        // The fourth step, then the fifth, which goes half way from the saved weights.
        Fill(network, 4);
        other.Update();
        Assert.AreEqual(4f, First(network.Parameters));
        Fill(network, 5);
        other.Update();
        Assert.AreEqual(3f, First(network.Parameters));
    }

    private static void Fill(NinNetwork network, double value)
    {
        using var _ = no_grad();
        network.Parameters.fill_(value);
    }

    private static float First(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach()[0].item<float>();
    }
}
