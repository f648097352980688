namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>How a network collapsed.</summary>
    public enum CollapseKind
    {
        /// <summary>A loss, a gradient, a weight or a score was not a finite number.</summary>
        NotFinite,

        /// <summary>No gradient reached the first layer any more.</summary>
        NoGradient,

        /// <summary>It had learnt something, but afterwards knew no more than the class frequencies.</summary>
        ThrownBack,

        /// <summary>The output of one class was 0 for every image.</summary>
        SilentClass,
    }
}
