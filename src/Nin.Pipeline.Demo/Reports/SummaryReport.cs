using System.Globalization;
using Nin.MLNet;
using Nin.Pipeline.Demo.Training;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Reports;

/// <summary>The book's network layer by layer, and its cost next to that of its peers.</summary>
internal static class SummaryReport
{
    private const int Side = 224;

    public static void Print(IAnsiConsole console)
    {
        var network = NinArchitecture.D2L();
        var summary = network.Summarize(Side, Side);
        console.WriteLine(network.ToString());
        console.WriteLine();

        PrintLayers(console, summary, $"For one image of 1x{Side}x{Side}");

        var own = new NetworkCost(summary.Parameters, summary.MultiplyAdds);
        var peers = Table("network", "times the parameters");
        var networks = new[] { ("Network in Network", own), ("AlexNet", PeerNetworks.AlexNet()), ("VGG-11", PeerNetworks.Vgg11()) };
        foreach (var (name, cost) in networks)
            peers.AddRow(Cells(
                name,
                string.Create(CultureInfo.InvariantCulture, $"{(double)cost.Parameters / own.Parameters:F1}x"),
                cost.Parameters,
                cost.MultiplyAdds));
        console.Write("The same image, other networks of the book", peers);
    }

    /// <summary>A saved model: its network, its classes and the results of the last epoch.</summary>
    public static void Print(IAnsiConsole console, NinModelParameters model, NinSummary summary, (int Height, int Width) size)
    {
        console.WriteLine(model.Architecture.ToString());
        console.WriteLine();
        PrintLayers(console, summary, $"For one image of {model.Architecture.InputChannels}x{size.Height}x{size.Width}");
        console.WriteLine($"classes: {string.Join(", ", model.ClassNames)}");
        console.WriteLine($"takes: images of {model.ImageLayout.Shape} (channels x height x width)");
        if (model.History is [.., var last])
            console.WriteLine(TrainingProgress.Describe(last, model.History.Count, "validation"));
    }

    private static void PrintLayers(IAnsiConsole console, NinSummary summary, string heading)
    {
        var layers = Table("layer", "output shape");
        // The list above contains the word; without it the table fits into 80 columns.
        foreach (var row in summary.Rows)
            layers.AddRow(Cells(
                row.Layer.Replace("kernel ", "", StringComparison.Ordinal),
                $"[{string.Join(",", row.OutputShape)}]",
                row.Parameters,
                row.MultiplyAdds));
        layers.AddRow(Cells("total", "", summary.Parameters, summary.MultiplyAdds));
        console.Write(heading, layers);
    }

    private static Table Table(string first, string second) => Tables.Create()
        .AddColumn(new TableColumn(first).NoWrap().Padding(0, 0))
        .AddColumn(new TableColumn(second).NoWrap().Padding(1, 0))
        .AddColumn(new TableColumn("parameters").RightAligned().NoWrap().Padding(1, 0))
        .AddColumn(new TableColumn("multiply-adds").RightAligned().NoWrap().Padding(1, 0));

    private static Text[] Cells(string first, string second, long parameters, long multiplyAdds) =>
        [new(first), new(second), new(Number(parameters)), new(Number(multiplyAdds))];

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
