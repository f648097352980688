namespace Nin.MLNet;

/// <summary>The rule that turns a gradient into a step.</summary>
public enum NinOptimizer
{
    /// <summary>Stochastic gradient descent with (Nesterov) momentum.</summary>
    Sgd,

    /// <summary>Adam with decoupled weight decay (Loshchilov, Hutter 2019).</summary>
    AdamW,
}
