using SkiaSharp;

namespace Nin.MLNet.Benchmarks.Learning;

/// <summary>A character, white on black like MNIST's digits, randomly scaled, rotated, slanted and shifted a little, with noise.</summary>
internal static class LetterImage
{
    /// <summary>Side of an image in pixels.</summary>
    public const int Side = 28;

    private const float DrawnSize = 100, LeastSize = 14, MostSize = 22, MostTurn = 12, MostSlant = 0.15f, MostShift = 2;
    private const double MostNoise = 25;

    /// <returns>[Side, Side].</returns>
    public static byte[] Draw(SKTypeface font, char character, Random random)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(Side, Side, SKColorType.Gray8, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        using var paint = new SKPaint { Typeface = font, TextSize = DrawnSize, IsAntialias = true, Color = SKColors.White };
        canvas.Clear(SKColors.Black);
        using var outline = paint.GetTextPath(character.ToString(), 0, 0);
        var bounds = outline.TightBounds;
        // Scales by the longer side of the character, whatever its font.
        var scale = Between(random, LeastSize, MostSize) / Math.Max(1, Math.Max(bounds.Width, bounds.Height));
        canvas.Translate((Side / 2) + Between(random, -MostShift, MostShift), (Side / 2) + Between(random, -MostShift, MostShift));
        canvas.RotateDegrees(Between(random, -MostTurn, MostTurn));
        canvas.Skew(Between(random, -MostSlant, MostSlant), 0);
        canvas.Scale(scale);
        canvas.Translate(-bounds.MidX, -bounds.MidY);
        canvas.DrawPath(outline, paint);
        canvas.Flush();
        var pixels = bitmap.GetPixelSpan().ToArray();
        var noise = MostNoise * random.NextDouble();
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)Math.Clamp(pixels[i] + (noise * ((2 * random.NextDouble()) - 1)), 0, byte.MaxValue);
        return pixels;
    }

    private static float Between(Random random, float least, float most) => least + ((most - least) * random.NextSingle());
}
