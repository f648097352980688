namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>What the weights are before the first step. Biases start at 0.</summary>
    public enum Initialization
    {
        /// <summary>Uniform, scaled by fan-in and fan-out (Glorot, Bengio 2010), as the book does.</summary>
        Xavier,

        /// <summary>Normal, scaled by fan-in for ReLU (He et al. 2015).</summary>
        Kaiming,

        /// <summary>
        /// 1x1 convolutions of equally many inputs and outputs start as the identity, all others as <see cref="Kaiming"/>.
        /// </summary>
        Dirac,
    }
}
