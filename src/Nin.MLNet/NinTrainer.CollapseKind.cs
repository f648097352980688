namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>In which way a network died.</summary>
    public enum CollapseKind
    {
        /// <summary>A loss, a gradient, a weight or a score was no finite number.</summary>
        NotFinite,

        /// <summary>No gradient reached the first layer any more.</summary>
        NoGradient,

        /// <summary>It had learnt, and knew no more than the classes' frequencies afterwards.</summary>
        ThrownBack,

        /// <summary>The output of one class was 0 for every image.</summary>
        SilentClass,
    }
}
