namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>A Plotly figure; the page's script adds colours for light and dark.</summary>
/// <param name="Id">Id of its place in the page.</param>
/// <param name="Data">Plotly's traces.</param>
/// <param name="Layout">Plotly's layout.</param>
/// <param name="Frames">Number of epochs it can be played through; 0: not animated.</param>
internal sealed record Figure(string Id, IReadOnlyList<object> Data, object Layout, int Frames = 0);
