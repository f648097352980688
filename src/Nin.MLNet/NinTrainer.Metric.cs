namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>The figure by which epochs are compared for early stopping and for the best weights.</summary>
    public enum Metric
    {
        /// <summary>Cross-entropy on the validation set, in nats; lower is better.</summary>
        ValidationLoss,

        /// <summary>
        /// Share of the validation set classified correctly; higher is better, and ties go to the weights with the lower loss.
        /// </summary>
        ValidationAccuracy,
    }
}
