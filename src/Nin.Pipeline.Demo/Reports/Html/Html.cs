using System.Globalization;
using System.Net;
using System.Text;

namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>Text that is safe to put in a page.</summary>
internal static class Html
{
    /// <summary>Escapes angle brackets, ampersands and quotes as entities.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A table; numbers are right-aligned.</summary>
    /// <param name="headings">Column headings; one that starts with # marks a column of numbers.</param>
    /// <param name="rows">Plain text; it is escaped here.</param>
    public static string Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        var text = new StringBuilder("<div class=\"wide\"><table><thead><tr>");
        foreach (var heading in headings)
            text.Append(CultureInfo.InvariantCulture, $"<th{Class(heading)}>{Escape(heading.TrimStart('#'))}</th>");
        text.Append("</tr></thead><tbody>");
        foreach (var row in rows)
        {
            text.Append("<tr>");
            for (var i = 0; i < row.Count; i++)
                text.Append(CultureInfo.InvariantCulture, $"<td{Class(headings[i])}>{Escape(row[i])}</td>");
            text.Append("</tr>");
        }

        return text.Append("</tbody></table></div>").ToString();

        static string Class(string heading) => heading.StartsWith('#') ? " class=\"number\"" : "";
    }
}
