using Nin.MLNet.Network;
using Nin.MLNet.Training;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Training;

/// <summary>Compares the flat optimiser with libtorch's own, step by step on the same gradients.</summary>
[TestClass]
public sealed class FlatOptimizerTests
{
    [TestMethod]
    [DataRow(NinTrainer.Optimizer.Sgd, 0.0, false)]
    [DataRow(NinTrainer.Optimizer.Sgd, 0.9, false)]
    [DataRow(NinTrainer.Optimizer.Sgd, 0.9, true)]
    [DataRow(NinTrainer.Optimizer.AdamW, 0.9, false)]
    public void Step_FiveTimes_MatchesTorchsOptimizer(NinTrainer.Optimizer kind, double momentum, bool nesterov)
    {
        const double rate = 0.05, decay = 0.1;
        random.manual_seed(1);
        using var scope = NewDisposeScope();
        using var network = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        using var optimizer = new FlatOptimizer(network, kind, momentum, nesterov, decay);
        using var _ = no_grad();
        // Torch sets weight decay per group: parameters that must not decay form their own group.
        var (decaying, rest) =
            (Parameter(0, network.DecayingCount), Parameter(network.DecayingCount, network.Parameters.numel() - network.DecayingCount));
        using optim.Optimizer theirs = kind == NinTrainer.Optimizer.Sgd
            ? optim.SGD(
            [
                new TorchSharp.Modules.SGD.ParamGroup([decaying], rate, momentum: momentum, weight_decay: decay, nesterov: nesterov),
                new TorchSharp.Modules.SGD.ParamGroup([rest], rate, momentum: momentum, nesterov: nesterov),
            ], rate)
            : optim.AdamW(
            [
                new TorchSharp.Modules.AdamW.ParamGroup([decaying], rate, weight_decay: decay),
                new TorchSharp.Modules.AdamW.ParamGroup([rest], rate, weight_decay: 0),
            ], rate);
        for (var step = 0; step < 5; step++)
        {
            var gradient = randn(network.Parameters.shape);
            network.Gradients.copy_(gradient);
            (decaying.grad, rest.grad) =
                (gradient.narrow(0, 0, decaying.numel()).clone(), gradient.narrow(0, decaying.numel(), rest.numel()).clone());
            optimizer.Step(rate);
            theirs.step();
        }

        Assert.IsLessThan(2e-5f, (cat([decaying, rest]) - network.Parameters).abs().max().item<float>());

        TorchSharp.Modules.Parameter Parameter(long from, long count) => nn.Parameter(network.Parameters.narrow(0, from, count).clone());
    }

    [TestMethod]
    public void Step_NoGradient_ShrinksConvolutionWeightsAndNothingElse()
    {
        using var scope = NewDisposeScope();
        using var network = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
        using var optimizer = new FlatOptimizer(network, NinTrainer.Optimizer.AdamW, 0.9, false, 0.5);
        using (no_grad())
            network.Parameters.fill_(1);
        optimizer.Step(0.1);
        foreach (var (name, value) in network.State.Where(entry => !entry.Name.Contains("running", StringComparison.Ordinal)))
            Assert.AreEqual(value.dim() == 4 ? 0.95f : 1f, value.detach().flatten()[0].item<float>(), 1e-6f, name);
    }
}
