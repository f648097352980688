using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Data;
using SkiaSharp;

namespace Nin.Server;

/// <summary>Reads what a client sent.</summary>
internal static class UploadedImage
{
    /// <summary>More pixels than any camera has; a small file can claim to hold many more.</summary>
    private const long MostPixels = 50_000_000;

    /// <summary>The image of a PNG or JPEG file, or what is wrong with it.</summary>
    public static bool TryDecode(MemoryStream file, [NotNullWhen(true)] out MLImage? image, out string problem)
    {
        (image, problem) = (null, "");
        var size = SKBitmap.DecodeBounds(file.GetBuffer().AsSpan(0, (int)file.Length));
        if (size.IsEmpty)
            problem = "The body is no image: send the bytes of a PNG or JPEG file.";
        else if ((long)size.Width * size.Height > MostPixels)
            problem = $"The image has {size.Width} x {size.Height} pixels: send at most {MostPixels}.";
        else
            problem = Decode(file, out image);
        return image is not null;
    }

    private static string Decode(MemoryStream file, out MLImage? image)
    {
        try
        {
            file.Position = 0;
            image = MLImage.CreateFromStream(file);
            return "";
        }
        catch (ArgumentException)
        {
            image = null;
            return "The image is damaged: send the whole file.";
        }
    }
}
