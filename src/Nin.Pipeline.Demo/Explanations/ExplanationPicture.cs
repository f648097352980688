using SkiaSharp;

namespace Nin.Pipeline.Demo.Explanations;

/// <summary>An explained image as a picture, plain or overlaid with its heat map.</summary>
internal static class ExplanationPicture
{
    private const float MostHeat = 0.75f;

    /// <summary>The picture, at the image's own size; the caller disposes it.</summary>
    public static SKImage Of(ExplainedImage image, bool withHeat) => SKImage.FromPixelCopy(
        new SKImageInfo(image.Width, image.Height, SKColorType.Bgra8888, SKAlphaType.Opaque), withHeat ? WithHeat(image) : image.Pixels);

    /// <summary>The same as a PNG file's bytes.</summary>
    public static byte[] Png(ExplainedImage image, bool withHeat)
    {
        using var picture = Of(image, withHeat);
        using var png = picture.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }

    /// <summary>The image in grey, coloured where the map is above 0: the nearer to its maximum, the stronger and redder.</summary>
    private static byte[] WithHeat(ExplainedImage image)
    {
        var most = Math.Max(image.Map.Max(), float.Epsilon);
        var pixels = new byte[image.Pixels.Length];
        for (var i = 0; i < image.Map.Length; i++)
        {
            var at = 4 * i;
            var grey = (image.Pixels[at] + image.Pixels[at + 1] + image.Pixels[at + 2]) / 3f;
            var heat = Math.Clamp(image.Map[i] / most, 0, 1);
            var share = MostHeat * heat;
            pixels[at] = (byte)(grey * (1 - share));
            pixels[at + 1] = (byte)((grey * (1 - share)) + (share * 220 * (1 - heat)));
            pixels[at + 2] = (byte)((grey * (1 - share)) + (share * 255));
            pixels[at + 3] = byte.MaxValue;
        }

        return pixels;
    }
}
