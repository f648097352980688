namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>Which weights the training returns.</summary>
    public enum WeightAveraging
    {
        /// <summary>Those of the last step.</summary>
        None,

        /// <summary>The exponential moving average of the weights.</summary>
        Ema,

        /// <summary>
        /// Slow weights that move halfway to the fast ones every few steps; the fast ones then continue from there (Zhang et al. 2019).
        /// </summary>
        Lookahead,
    }
}
