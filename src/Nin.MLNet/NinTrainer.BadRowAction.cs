namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>What a training does with a row that nothing can be learnt from.</summary>
    public enum BadRowAction
    {
        /// <summary>Leave it out, as ML.NET's own trainers do; a warning tells how many there were.</summary>
        Skip,

        /// <summary>Throw an <see cref="ArgumentOutOfRangeException"/> that names the first one.</summary>
        Throw,
    }
}
