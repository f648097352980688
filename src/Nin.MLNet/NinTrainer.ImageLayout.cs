namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>In which order a features column has an image's channels, height and width.</summary>
    public enum ImageLayout
    {
        /// <summary>
        /// As the column's type tells: of its three dimensions, the number of channels is the first or the last, whichever is 1 to 4, as
        /// <c>ExtractPixels</c> makes them, or whichever agrees with <see cref="Options.ImageShape"/>. Where both could be, or neither, Fit
        /// asks for one of the others. A flat vector is channels first.
        /// </summary>
        Auto,

        /// <summary>(channels, height, width): what <c>ExtractPixels</c> makes.</summary>
        ChannelsFirst,

        /// <summary>(height, width, channels): what <c>ExtractPixels</c> makes with <c>interleavePixelColors</c>.</summary>
        ChannelsLast,
    }
}
