namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>The order in which a features column holds an image's channels, height and width.</summary>
    public enum ImageLayout
    {
        /// <summary>
        /// Taken from the column's type: of its three dimensions, the number of channels is the first or the last, whichever is 1 to 4, as
        /// <c>ExtractPixels</c> makes them, or whichever agrees with <see cref="Options.ImageShape"/>. If both could be, or neither, Fit
        /// throws and asks for one of the other values. A flat vector is channels first.
        /// </summary>
        Auto,

        /// <summary>(channels, height, width): what <c>ExtractPixels</c> makes.</summary>
        ChannelsFirst,

        /// <summary>(height, width, channels): what <c>ExtractPixels</c> makes with <c>interleavePixelColors</c>.</summary>
        ChannelsLast,
    }
}
