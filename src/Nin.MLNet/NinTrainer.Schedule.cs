namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>How the learning rate moves over a training.</summary>
    public enum Schedule
    {
        /// <summary>The same from the first step to the last.</summary>
        Constant,

        /// <summary>Up in a straight line over the warm-up, then down in a straight line (Smith, Topin 2018).</summary>
        OneCycle,

        /// <summary>Up in a straight line over the warm-up, then down along half a cosine (Loshchilov, Hutter 2017).</summary>
        Cosine,
    }
}
