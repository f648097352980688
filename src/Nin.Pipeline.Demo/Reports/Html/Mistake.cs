using System.Globalization;

namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>An image that was misclassified.</summary>
/// <param name="Name">Name of the image.</param>
/// <param name="Image">The image as the network read it, as PNG.</param>
/// <param name="Heat">The same image overlaid with the evidence for the predicted class, as PNG.</param>
/// <param name="Truth">The true class.</param>
/// <param name="TakenFor">The predicted class.</param>
/// <param name="Probability">Probability of the predicted class.</param>
internal sealed record Mistake(string Name, byte[] Image, byte[] Heat, string Truth, string TakenFor, double Probability)
{
    public string ToHtml() => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        <figure><img src="data:image/png;base64,{Convert.ToBase64String(Image)}" alt="{Html.Escape(Name)}" title="{Html.Escape(Name)}">
        <img src="data:image/png;base64,{Convert.ToBase64String(Heat)}" alt="heat">
        <figcaption>{Html.Escape(Truth)}, taken for <b>{Html.Escape(TakenFor)}</b> ({Probability:0.0 %})</figcaption></figure>
        """);
}
