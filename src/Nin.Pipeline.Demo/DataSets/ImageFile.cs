using System.Globalization;
using Microsoft.ML.Data;
using SkiaSharp;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>
/// One image file, read as ML.NET's LoadImages reads it, pixel by pixel the same, but that a photo's EXIF orientation is applied and that a
/// file cut short is refused, whose missing part LoadImages leaves black. Of an animation the first picture is taken. Transparent
/// pixels are mixed with black, 16 bits a channel become 8, CMYK becomes RGB.
/// </summary>
internal static class ImageFile
{
    /// <summary>Most pixels of an image; decoded they take four bytes each.</summary>
    public const long MostPixels = 100_000_000;

    private const int BytesPerPixel = 4;

    private static readonly HashSet<string> Extensions =
        new([".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a file's name is that of an image: PNG, JPEG, BMP, WebP or GIF.</summary>
    public static bool HasImageName(string path) => Extensions.Contains(Path.GetExtension(path));

    /// <summary>The images below a folder, sorted by name; hidden files and folders are left out.</summary>
    /// <param name="folder">Where to look.</param>
    /// <param name="failures">Takes the files of other kinds.</param>
    public static IReadOnlyList<string> Below(string folder, ReadFailures failures)
    {
        var images = new List<string>();
        foreach (var file in Directory.EnumerateFiles(folder, "*", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            // Links to folders may lead back up.
            MaxRecursionDepth = 16,
            AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
        }))
        {
            if (HasImageName(file))
                images.Add(file);
            else
                failures.AddOtherKind(file);
        }

        images.Sort(StringComparer.Ordinal);
        return images;
    }

    /// <summary>Size when upright, and whether the file stores grey, from the first bytes of the file alone.</summary>
    /// <exception cref="UnreadableImageException">It is no image, or too large a one.</exception>
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

    /// <summary>Decodes the whole image, upright; the caller disposes it.</summary>
    /// <exception cref="UnreadableImageException">It is no image, too large a one, damaged or cut short.</exception>
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

        // MLImage knows these two alone.
        var isPlain = info.ColorType is SKColorType.Bgra8888 or SKColorType.Rgba8888;
        using var copy = isPlain ? null : decoded.Copy(SKColorType.Bgra8888);
        var bitmap = copy ?? decoded;
        var format = bitmap.ColorType == SKColorType.Rgba8888 ? MLPixelFormat.Rgba32 : MLPixelFormat.Bgra32;
        var pixels = Orientation.Upright(bitmap.GetPixelSpan(), info.Height, info.Width, codec.EncodedOrigin);
        return Orientation.SwapsSides(codec.EncodedOrigin)
            ? MLImage.CreateFromPixels(info.Height, info.Width, format, pixels)
            : MLImage.CreateFromPixels(info.Width, info.Height, format, pixels);
    }

    /// <summary>Whether red, green and blue are alike in every pixel.</summary>
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

    // As ML.NET's SKBitmap.Decode asks for it: alpha multiplied in, colours as they are stored.
    private static SKImageInfo CheckedInfo(string path, SKCodec codec)
    {
        var info = codec.Info;
        if ((long)info.Width * info.Height > MostPixels)
            throw new UnreadableImageException(path, string.Create(
                CultureInfo.InvariantCulture,
                $"{info.Width:N0} x {info.Height:N0} pixels are more than the {MostPixels:N0} that are read; make it smaller"));
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
        new(path, "this is no PNG, JPEG, BMP, WebP or GIF image, or it is cut short in its first bytes");
}
