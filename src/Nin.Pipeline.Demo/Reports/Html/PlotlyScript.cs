using Plotly.NET;

namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>The plotly.js script embedded in Plotly.NET, so that a page needs no network.</summary>
internal static class PlotlyScript
{
    private static readonly Lazy<string> Script = new(() =>
    {
        var assembly = typeof(GenericChart).Assembly;
        var name = assembly.GetManifestResourceNames().Single(resource => resource.EndsWith(".min.js", StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    });

    public static string Text => Script.Value;
}
