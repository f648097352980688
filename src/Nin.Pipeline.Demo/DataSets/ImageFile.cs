using System.Globalization;
using Microsoft.ML.Data;
using SkiaSharp;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>
/// Reads one image file, pixel for pixel as ML.NET's LoadImages does, with two exceptions: a photo's EXIF orientation is applied, and a
/// truncated file is rejected (LoadImages leaves the missing part black). The first picture of an animation is used. Transparent pixels are
/// blended with black, 16 bits per channel become 8, and CMYK becomes RGB.
/// </summary>
internal static class ImageFile
{
    /// <summary>Maximum number of pixels of an image; each takes four bytes when decoded.</summary>
    public const long MostPixels = 100_000_000;

    private const int BytesPerPixel = 4;

    private static readonly HashSet<string> Extensions =
        new([".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a file's name is that of an image file: PNG, JPEG, BMP, WebP or GIF.</summary>
    public static bool HasImageName(string path) => Extensions.Contains(Path.GetExtension(path));

    /// <summary>Upright size, and whether the file stores grey, read from the first bytes of the file only.</summary>
    /// <exception cref="UnreadableImageException">The file is not an image, or the image is too large.</exception>
    public static (int Height, int Width, bool IsGrey) ReadHeader(string path)
    {
        using var stream = Guard(path, () => File.OpenRead(path));
        if (stream.Length == 0)
            throw Empty(path);
        using var codec = SKCodec.Create(stream, out _) ?? throw NoImage(path);
        var info = CheckedInfo(path, codec);
        var isGrey = info.ColorType == SKColorType.Gray8;
        return Orientation.SwapsSides(codec.EncodedOrigin) ? (info.Width, info.Height, isGrey) : (info.Height, info.Width, isGrey);
    }

    /// <summary>Decodes the whole image and turns it upright; the caller disposes it.</summary>
    /// <exception cref="UnreadableImageException">The file is not an image, too large, damaged or truncated.</exception>
    public static MLImage Decode(string path)
    {
        var bytes = Guard(path, () => File.ReadAllBytes(path));
        if (bytes.Length == 0)
            throw Empty(path);
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data) ?? throw NoImage(path);
        var info = CheckedInfo(path, codec);
        using var decoded = new SKBitmap(info);
        var result = codec.GetPixels(info, decoded.GetPixels());
        if (result != SKCodecResult.Success)
            throw new UnreadableImageException(
                path, result == SKCodecResult.IncompleteInput ? "the image is cut short" : $"the image is damaged ({result})");

        // MLImage supports only these two.
        var isPlain = info.ColorType is SKColorType.Bgra8888 or SKColorType.Rgba8888;
        using var copy = isPlain ? null : decoded.Copy(SKColorType.Bgra8888);
        var bitmap = copy ?? decoded;
        var format = bitmap.ColorType == SKColorType.Rgba8888 ? MLPixelFormat.Rgba32 : MLPixelFormat.Bgra32;
        var pixels = Orientation.Upright(bitmap.GetPixelSpan(), info.Height, info.Width, codec.EncodedOrigin);
        return Orientation.SwapsSides(codec.EncodedOrigin)
            ? MLImage.CreateFromPixels(info.Height, info.Width, format, pixels)
            : MLImage.CreateFromPixels(info.Width, info.Height, format, pixels);
    }

    /// <summary>Whether red, green and blue are equal in every pixel.</summary>
    public static bool IsGrey(MLImage image)
    {
        var pixels = image.Pixels;
        for (var p = 0; p < pixels.Length; p += BytesPerPixel)
        {
            if (pixels[p] != pixels[p + 1] || pixels[p] != pixels[p + 2])
                return false;
        }

        return true;
    }

    // What ML.NET's SKBitmap.Decode requests: premultiplied alpha, colours as they are stored.
    private static SKImageInfo CheckedInfo(string path, SKCodec codec)
    {
        var info = codec.Info;
        if ((long)info.Width * info.Height > MostPixels)
            throw new UnreadableImageException(path, string.Create(
                CultureInfo.InvariantCulture,
                $"{info.Width:N0} x {info.Height:N0} pixels are more than the limit of {MostPixels:N0}; make it smaller"));
        if (info.AlphaType == SKAlphaType.Unpremul)
            info.AlphaType = SKAlphaType.Premul;
        info.ColorSpace = null;
        return info;
    }

    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UnreadableImageException(path, "there is no such file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnreadableImageException(path, e.Message, e);
        }
    }

    private static UnreadableImageException Empty(string path) => new(path, "the file is empty");

    private static UnreadableImageException NoImage(string path) =>
        new(path, "this is not a PNG, JPEG, BMP, WebP or GIF image, or it is cut short in its first bytes");
}
