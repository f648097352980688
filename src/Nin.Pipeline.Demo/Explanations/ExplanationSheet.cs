using System.Globalization;
using SkiaSharp;

namespace Nin.Pipeline.Demo.Explanations;

/// <summary>Images side by side in one PNG: each as the network read it, overlaid in colour with the evidence for its class.</summary>
internal static class ExplanationSheet
{
    private const int Columns = 5, Side = 140, Gap = 12, Caption = 44, TextSize = 13;

    /// <param name="images">One or more images.</param>
    /// <returns>A PNG file's bytes.</returns>
    public static byte[] Draw(IReadOnlyList<ExplainedImage> images)
    {
        var columns = Math.Min(Columns, images.Count);
        var rows = (images.Count + columns - 1) / columns;
        var cell = (Width: (2 * Side) + Gap, Height: Side + Caption);
        using var sheet = new SKBitmap((columns * (cell.Width + Gap)) + Gap, (rows * (cell.Height + Gap)) + Gap);
        using var canvas = new SKCanvas(sheet);
        canvas.Clear(SKColors.White);
        for (var i = 0; i < images.Count; i++)
        {
            var (x, y) = (Gap + (i % columns * (cell.Width + Gap)), Gap + (i / columns * (cell.Height + Gap)));
            Picture(canvas, images[i], x, y, withHeat: false);
            Picture(canvas, images[i], x + Side + 4, y, withHeat: true);
            Write(canvas, images[i], x, y + Side);
        }

        using var png = sheet.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }

    private static void Picture(SKCanvas canvas, ExplainedImage image, int x, int y, bool withHeat)
    {
        using var pixels = ExplanationPicture.Of(image, withHeat);
        var scale = (float)Side / Math.Max(image.Width, image.Height);
        // Keep each pixel a sharp square.
        using var paint = new SKPaint { FilterQuality = SKFilterQuality.None };
        canvas.DrawImage(pixels, new SKRect(x, y, x + (image.Width * scale), y + (image.Height * scale)), paint);
    }

    private static void Write(SKCanvas canvas, ExplainedImage image, int x, int y)
    {
        var isWrong = image.Truth.Length > 0 && image.Truth != image.TakenFor;
        using var paint = new SKPaint { Color = isWrong ? SKColors.Firebrick : SKColors.Black, TextSize = TextSize, IsAntialias = true };
        var said = string.Create(CultureInfo.InvariantCulture, $"{image.TakenFor} {image.Probability:0.0 %}");
        canvas.DrawText(Fitting(said, paint), x, y + 16, paint);
        var second = image.Truth.Length > 0 ? $"is {image.Truth}" : Path.GetFileName(image.Name);
        canvas.DrawText(Fitting(second, paint), x, y + 34, paint);
    }

    private static string Fitting(string text, SKPaint paint)
    {
        var most = (int)paint.BreakText(text, 2 * Side);
        return most >= text.Length ? text : text[..Math.Max(1, most - 1)] + "…";
    }
}
