namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>What the trainer does when its network has collapsed.</summary>
    public enum CollapseAction
    {
        /// <summary>Go back to the last good weights, lower the learning rate, warm up and continue; a limited number of times.</summary>
        Recover,

        /// <summary>
        /// As <see cref="Recover"/>, but if that fails, return the best weights so far, or the latest ones seen alive, with a warning.
        /// </summary>
        ReturnBest,

        /// <summary>Throw <see cref="NinTrainingCollapsedException"/> at once.</summary>
        Throw,
    }
}
