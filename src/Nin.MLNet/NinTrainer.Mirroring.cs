namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>Whether training images are mirrored left to right.</summary>
    public enum Mirroring
    {
        /// <summary>Never.</summary>
        Off,

        /// <summary>Each image in every second epoch, so about half of the images in any one epoch.</summary>
        On,

        /// <summary>
        /// Decided during training. At first the network learns without mirroring. Once it knows most of the images, it is shown up to
        /// 2,000 of them and their mirror images. If it still knows at least three fifths as many, images are mirrored from then on; if
        /// fewer, as with digits and letters, they are not. The log gives the decision and both figures.
        /// </summary>
        Auto,
    }
}
