using Nin.MLNet.Native;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>
/// SGD with momentum or AdamW over the network's flat buffers: a handful of operations per step, whatever the number of layers.
/// </summary>
internal sealed class FlatOptimizer : IDisposable
{
    private const double SecondDecay = 0.999, Epsilon = 1e-8;
    private readonly NinNetwork network;
    private readonly NinTrainer.Optimizer kind;
    private readonly double momentum, weightDecay;
    private readonly bool nesterov;

    public FlatOptimizer(NinNetwork network, NinTrainer.Optimizer kind, double momentum, bool nesterov, double weightDecay)
    {
        (this.network, this.kind, this.momentum, this.nesterov, this.weightDecay) = (network, kind, momentum, nesterov, weightDecay);
        SecondLayout = kind == NinTrainer.Optimizer.AdamW ? network.ParameterLayout : new FlatLayout([1]);
        First = zeros_like(network.Parameters).DetachFromDisposeScope();
        Second = zeros(SecondLayout.Length, dtype: ScalarType.Float32, device: network.Device).DetachFromDisposeScope();
    }

    /// <summary>Momentum, or AdamW's first moment: [P].</summary>
    public Tensor First { get; }

    /// <summary>AdamW's second moment: [P]; [1] for SGD.</summary>
    public Tensor Second { get; }

    /// <summary>Layout of <see cref="Second"/>.</summary>
    public FlatLayout SecondLayout { get; }

    /// <summary>Steps taken since the moments were last reset to zero.</summary>
    public long Steps { get; set; }

    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Steps++;
        if (kind == NinTrainer.Optimizer.Sgd)
            StepSgd(learningRate);
        else
            StepAdamW(learningRate);
    }

    public void Reset()
    {
        using var scope = NewDisposeScope();
        First.zero_();
        Second.zero_();
        Steps = 0;
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }

    private void StepSgd(double learningRate)
    {
        var gradient = network.Gradients;
        if (weightDecay > 0)
            gradient.narrow(0, 0, network.DecayingCount).AddInPlace(network.Parameters.narrow(0, 0, network.DecayingCount), weightDecay);
        if (momentum > 0)
        {
            First.ScaleInPlace(momentum).AddInPlace(gradient);
            gradient = nesterov ? gradient.AddInPlace(First, momentum) : First;
        }

        network.Parameters.AddInPlace(gradient, -learningRate);
    }

    private void StepAdamW(double learningRate)
    {
        var gradient = network.Gradients;
        if (weightDecay > 0)
            network.Parameters.narrow(0, 0, network.DecayingCount).ScaleInPlace(1 - (learningRate * weightDecay));
        First.ScaleInPlace(momentum).AddInPlace(gradient, 1 - momentum);
        Second.ScaleInPlace(SecondDecay).AddProductInPlace(gradient, gradient, 1 - SecondDecay);
        var (correct1, correct2) = (1 - Math.Pow(momentum, Steps), 1 - Math.Pow(SecondDecay, Steps));
        var denominator = Second.sqrt().ScaleInPlace(1 / Math.Sqrt(correct2)).AddNumberInPlace(Epsilon);
        network.Parameters.AddQuotientInPlace(First, denominator, -learningRate / correct1);
    }
}
