namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>Which weights a training gives back.</summary>
    public enum WeightAveraging
    {
        /// <summary>Those of the last step.</summary>
        None,

        /// <summary>Their exponential moving average.</summary>
        Ema,

        /// <summary>
        /// Slow weights that move half-way to the fast ones every few steps, which then start from there (Zhang et al. 2019).
        /// </summary>
        Lookahead,
    }
}
