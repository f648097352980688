using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Data;
using SkiaSharp;

namespace Nin.Server;

/// <summary>Reads an image that a client sent.</summary>
internal static class UploadedImage
{
    /// <summary>More pixels than most cameras produce; a small file can claim to have many more.</summary>
    private const long MostPixels = 50_000_000;

    /// <summary>Returns the image of a PNG or JPEG file, upright, or what is wrong with it.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> file, [NotNullWhen(true)] out MLImage? image, out string problem)
    {
        image = null;
        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data);
        if (codec is null)
        {
            problem = "The body is no image: send the bytes of a PNG or JPEG file.";
            return false;
        }

        // Four bytes per pixel, premultiplied: what LoadImages makes of a file.
        var info = codec.Info.WithColorType(SKColorType.Bgra8888).WithAlphaType(SKAlphaType.Premul);
        if ((long)info.Width * info.Height > MostPixels)
        {
            problem = $"The image has {info.Width} x {info.Height} pixels: send at most {MostPixels}.";
            return false;
        }

        if (codec.GetPixels(info, out var pixels) != SKCodecResult.Success)
        {
            problem = "The image is damaged or cut short: send the whole file.";
            return false;
        }

        problem = "";
        image = UprightImage.Create(pixels, info.Width, info.Height, codec.EncodedOrigin);
        return true;
    }
}
