namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>How the learning rate changes during training.</summary>
    public enum Schedule
    {
        /// <summary>The same from the first step to the last.</summary>
        Constant,

        /// <summary>Rises linearly over the warm-up, then falls linearly (Smith, Topin 2018).</summary>
        OneCycle,

        /// <summary>Rises linearly over the warm-up, then falls along half a cosine (Loshchilov, Hutter 2017).</summary>
        Cosine,
    }
}
