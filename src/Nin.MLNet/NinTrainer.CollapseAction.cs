namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>What a training does when it finds its network dead.</summary>
    public enum CollapseAction
    {
        /// <summary>Go back to the last good weights, lower the learning rate, warm up and go on; a bounded number of times.</summary>
        Recover,

        /// <summary>
        /// As <see cref="Recover"/>, but where that fails, the best weights so far come back, or the latest that
        /// were seen alive, with a warning.
        /// </summary>
        ReturnBest,

        /// <summary>Throw <see cref="NinTrainingCollapsedException"/> at once.</summary>
        Throw,
    }
}
