namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>What the weights are before the first step. Biases start at 0.</summary>
    public enum Initialization
    {
        /// <summary><see cref="Dirac"/> for a network with batch norm, else <see cref="Kaiming"/>.</summary>
        Auto,

        /// <summary>Uniform, scaled by fan-in and fan-out (Glorot, Bengio 2010), as the book does.</summary>
        Xavier,

        /// <summary>Normal, scaled by fan-in for ReLU (He et al. 2015).</summary>
        Kaiming,

        /// <summary>
        /// Every convolution but the last starts by passing its inputs through: output i is input i, for as many as both have (Zagoruyko,
        /// Komodakis 2017, arXiv 1706.00388). The remaining outputs, and the last convolution, start as <see cref="Kaiming"/>. A deep
        /// network therefore starts out as a shallow one.
        /// </summary>
        Dirac,
    }
}
