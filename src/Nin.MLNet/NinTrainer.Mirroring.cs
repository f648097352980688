namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>Whether training images are mirrored left to right.</summary>
    public enum Mirroring
    {
        /// <summary>Never.</summary>
        Off,

        /// <summary>Each image in every second epoch, and half of them in any.</summary>
        On,

        /// <summary>
        /// Decided in the training: the network learns without at first, and once it knows most of the images it is shown up to 2,000 of
        /// them and their mirror images. Where it still knows at least three fifths as many, images are mirrored from then on; where
        /// fewer, as of digits and letters, they are not. The log says which, with both figures.
        /// </summary>
        Auto,
    }
}
