namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>What the trainer does with a row that it cannot learn from.</summary>
    public enum BadRowAction
    {
        /// <summary>Leave it out, as ML.NET's own trainers do; a warning gives the number of such rows.</summary>
        Skip,

        /// <summary>Throw an <see cref="ArgumentOutOfRangeException"/> that names the first such row.</summary>
        Throw,
    }
}
