using System.Globalization;

namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>An image that was taken for another class.</summary>
/// <param name="Name">What the image is called.</param>
/// <param name="Image">The image as the network read it, PNG.</param>
/// <param name="Heat">The same with what speaks for the class that it was taken for laid over, PNG.</param>
/// <param name="Truth">Its class.</param>
/// <param name="TakenFor">The class it was taken for.</param>
/// <param name="Probability">Of that class.</param>
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
