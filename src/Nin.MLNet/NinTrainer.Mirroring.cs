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
        /// As <see cref="On"/>, and the network is built to give an image and its mirror image (nearly) the same scores: its filters come in
        /// pairs that are each other's mirror images, or are symmetric. It has half as many weights to learn, and learns more from the same
        /// images in the same time. A training that starts from an <see cref="Options.InitialModel"/> without such filters
        /// does as with <see cref="On"/>, and the log says so.
        /// </summary>
        Symmetric,

        /// <summary>
        /// Decided during training. At first the network learns without mirroring. Once it knows most of the images, it is shown up to
        /// 2,000 of them and their mirror images. If it still knows at least three fifths as many, images are mirrored from then on; if
        /// fewer, as with digits and letters, they are not. The log gives the decision and both figures.
        /// </summary>
        Auto,
    }
}
