namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>What a training does when it finds its network dead.</summary>
    public enum CollapseAction
    {
        /// <summary>Go back to the last good weights, lower the learning rate, warm up and go on; a bounded number of times.</summary>
        Recover,

        /// <summary>Throw <see cref="NinTrainingCollapsedException"/> at once.</summary>
        Throw,
    }
}
