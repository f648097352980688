namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>What the weights are before the first step. Biases start at 0.</summary>
    public enum Initialization
    {
        /// <summary>
        /// For a network with batch norm, <see cref="Whitening"/> if there are at least 20,000 training images and the first convolution
        /// reads at most 512 values for a pixel and is not the only one, else <see cref="Dirac"/>; without batch norm,
        /// <see cref="Kaiming"/>.
        /// </summary>
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

        /// <summary>
        /// As <see cref="Dirac"/> (without batch norm, as <see cref="Kaiming"/>), but the first convolution's filters are the principal
        /// components of patches of the training images, the strongest first, scaled to equal variance, each once with either sign (Jordan
        /// 2024, arXiv 2404.00498, section 3.2); with <see cref="Options.SymmetricFilters"/> the symmetric ones come first. They are not
        /// trained, unless they are of the only convolution. Filters beyond twice the number of values in a patch are fixed, too, as drawn.
        /// Fit throws if the convolution reads more than 4,096 values for a pixel. A training that starts from
        /// <see cref="Options.InitialModel"/> keeps that model's filters and trains them.
        /// </summary>
        Whitening,
    }
}
