using Microsoft.ML.Data;
using Nin.Pipeline.Demo.DataSets;
using SkiaSharp;

namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>The mistakes that the network was surest of.</summary>
internal static class Mistakes
{
    private const int LargestSide = 96;

    /// <param name="images">The images in the order in which they were scored, unreadable ones included.</param>
    /// <param name="failures">Those that could not be read and have no score.</param>
    /// <param name="scored">Their scores.</param>
    /// <param name="classNames">Names in the order of the scores.</param>
    /// <param name="count">How many, at most.</param>
    public static IReadOnlyList<Mistake> Worst(
        ImageCollection images, IEnumerable<string> failures, ScoredImages scored, IReadOnlyList<string> classNames, int count)
    {
        var worst = Rows(images, failures, scored).Take(count);
        return [.. worst.Select(row => Describe(images, row.Row, classNames[row.Truth], classNames[row.Top], row.Probability))];
    }

    /// <summary>The images that were taken for another class, the surest first: number of the image, its class and the other.</summary>
    public static IEnumerable<(int Row, int Truth, int Top, float Probability)> Rows(
        ImageCollection images, IEnumerable<string> failures, ScoredImages scored)
    {
        var unreadable = failures.ToHashSet(StringComparer.Ordinal);
        var rows = Enumerable.Range(0, images.Count).Where(row => !unreadable.Contains(images.Name(row))).ToList();
        // A row that was left out for another reason would shift all that follow, and a wrong picture is worse than none.
        if (rows.Count != scored.Labels.Count)
            return [];
        return
            from i in Enumerable.Range(0, rows.Count)
            let top = Array.IndexOf(scored.Scores[i], scored.Scores[i].Max())
            where top != scored.Labels[i]
            orderby scored.Scores[i][top] descending
            select (rows[i], scored.Labels[i], top, scored.Scores[i][top]);
    }

    private static Mistake Describe(ImageCollection images, int row, string truth, string takenFor, double probability)
    {
        using var image = images.CreateImage(row);
        return new Mistake(images.Name(row), Png(image), truth, takenFor, probability);
    }

    private static byte[] Png(MLImage image)
    {
        var type = image.PixelFormat == MLPixelFormat.Rgba32 ? SKColorType.Rgba8888 : SKColorType.Bgra8888;
        using var whole = SKImage.FromPixelCopy(new SKImageInfo(image.Width, image.Height, type, SKAlphaType.Unpremul), image.Pixels);
        using var bitmap = SKBitmap.FromImage(whole);
        var scale = Math.Min(1.0, (double)LargestSide / Math.Max(image.Width, image.Height));
        var size = new SKImageInfo((int)Math.Ceiling(image.Width * scale), (int)Math.Ceiling(image.Height * scale));
        using var small = scale < 1 ? bitmap.Resize(size, SKFilterQuality.Medium) : bitmap.Copy();
        using var png = small.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }
}
