namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>The rule that turns a gradient into a step.</summary>
    public enum Optimizer
    {
        /// <summary>Stochastic gradient descent with (Nesterov) momentum.</summary>
        Sgd,

        /// <summary>Adam with decoupled weight decay (Loshchilov, Hutter 2019).</summary>
        AdamW,
    }
}
