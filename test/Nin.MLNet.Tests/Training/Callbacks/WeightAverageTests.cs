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
