using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Explanations;

namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>The mistakes that the network was most confident of.</summary>
internal static class Mistakes
{
    /// <param name="images">The images in the order they were scored, including unreadable ones.</param>
    /// <param name="failures">The images that could not be read and have no score.</param>
    /// <param name="scored">Their scores.</param>
    /// <param name="classNames">Class names in the order of the scores.</param>
    /// <param name="count">Maximum number of mistakes.</param>
    /// <param name="explain">Shows where the network saw the class in each of the given images.</param>
    public static IReadOnlyList<Mistake> Worst(
        ImageCollection images, IEnumerable<string> failures, ScoredImages scored, IReadOnlyList<string> classNames, int count,
        Func<IEnumerable<ImageRow>, IEnumerable<ExplainedImage>> explain)
    {
        var worst = Rows(images, failures, scored).Take(count).ToList();
        if (worst.Count == 0)
            return [];
        var explained = explain(images.Some([.. worst.Select(mistake => mistake.Row)]));
        return
        [
            .. worst.Zip(explained, (row, image) => new Mistake(
                images.Name(row.Row), ExplanationPicture.Png(image, withHeat: false), ExplanationPicture.Png(image, withHeat: true),
                classNames[row.Truth], classNames[row.Top], row.Probability)),
        ];
    }

    /// <summary>
    /// The misclassified images, most confident first: number of the image, true class, predicted class and its probability.
    /// </summary>
    public static IEnumerable<(int Row, int Truth, int Top, float Probability)> Rows(
        ImageCollection images, IEnumerable<string> failures, ScoredImages scored)
    {
        var unreadable = failures.ToHashSet(StringComparer.Ordinal);
        var rows = Enumerable.Range(0, images.Count).Where(row => !unreadable.Contains(images.Name(row))).ToList();
        // A row missing for another reason would shift all that follow, and a wrong picture is worse than none.
        if (rows.Count != scored.Labels.Count)
            return [];
        return
            from i in Enumerable.Range(0, rows.Count)
            let top = Array.IndexOf(scored.Scores[i], scored.Scores[i].Max())
            where top != scored.Labels[i]
            orderby scored.Scores[i][top] descending
            select (rows[i], scored.Labels[i], top, scored.Scores[i][top]);
    }
}
