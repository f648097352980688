using Microsoft.FSharp.Core;
using Plotly.NET;

namespace Nin.MLNet.Benchmarks;

/// <summary>A chart as a page of its own, which opens without a network connection.</summary>
internal static class PlotPage
{
    public static void Write(string page, string title, GenericChart chart)
    {
        // Plotly's script is embedded.
        var offline = DisplayOptions.init(
            DocumentTitle: FSharpOption<string>.Some(title), DocumentCharset: null, DocumentDescription: null, DocumentFavicon: null,
            AdditionalHeadTags: null, ChartDescription: null,
            PlotlyJSReference: FSharpOption<PlotlyJSReference>.Some(PlotlyJSReference.Full));
        var bare = new Config();
        bare.SetProperty("displayModeBar", false);
        File.WriteAllText(page, GenericChart.toEmbeddedHTML(GenericChart.setConfig(bare, GenericChart.setDisplayOptions(offline, chart))));
    }
}
