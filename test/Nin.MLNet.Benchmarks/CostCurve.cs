using System.Globalization;
using Plotly.NET;
using Plotly.NET.CSharp;
using Spectre.Console;
using Chart = Plotly.NET.CSharp.Chart;

namespace Nin.MLNet.Benchmarks;

/// <summary>The cost of the small network as one parameter at a time varies; each point runs in its own process.</summary>
internal static class CostCurve
{
    private static readonly CostPoint Usual = new(Side: 28, BatchSize: 128, Rows: 10_000, Threads: 2);

    private static readonly (string Varied, CostPoint[] Points, Func<CostPoint, int> Value)[] Series =
    [
        ("side of the image, pixels", Points([28, 56, 112, 224], side => Usual with { Side = side, Rows = 1_280 }), point => point.Side),
        (
            "images a batch",
            Points([1, 2, 4, 8, 16, 32, 64, 128, 256, 512], size => Usual with { BatchSize = size }),
            point => point.BatchSize),
        ("rows", Points([1_000, 10_000, 60_000, 600_000], rows => Usual with { Rows = rows }), point => point.Rows),
        ("threads", Points([1, 2], threads => Usual with { Threads = threads }), point => point.Threads),
    ];

    public static void Print(string page)
    {
        var table = new Table().Border(TableBorder.Ascii)
            .AddColumns("varied", "value", "training, images/s", "peak, MB", "Transform, images/s");
        var charts = new List<GenericChart>();
        foreach (var (varied, points, value) in Series)
        {
            var measured = points.Select(point => (X: value(point), Figures: Run(varied, point)))
                .Where(entry => entry.Figures is not null).ToList();
            foreach (var (x, figures) in measured)
                table.AddRow([varied, Text(x), .. figures!.Select(Text)]);
            charts.Add(Curves(varied, [.. measured.Select(entry => entry.X)], [.. measured.Select(entry => entry.Figures!)]));
        }

        var console = PlainConsole.Create();
        console.WriteLine(Machine.Describe(Usual.Threads));
        console.WriteLine(
            $"The default network; what is not varied: {Usual.Side}x{Usual.Side} pixels, batch {Usual.BatchSize}, " +
            $"{Usual.Rows:N0} rows ({1_280:N0} where the side is varied), {Usual.Threads} threads; one run a point");
        console.Write(table);
        PlotPage.Write(page, "What the default network costs", Chart.Grid(charts, 2, 2).WithSize(1100, 800));
        console.WriteLine($"plot  {Path.GetFullPath(page)}");
    }

    private static CostPoint[] Points(int[] values, Func<int, CostPoint> point) => [.. values.Select(point)];

    private static IReadOnlyList<double>? Run(string varied, CostPoint point) =>
        Contender.Self(varied, point.Threads, ["point", "small", point.ToString()]).Run()?.Figures;

    private static GenericChart Curves(string varied, int[] x, IReadOnlyList<double>[] figures)
    {
        GenericChart Line(int figure, string name, string colour) => Chart.Line<int, double, string>(
            x, figures.Select(all => all[figure]), ShowMarkers: true, Name: name,
            LineColor: Plotly.NET.Color.fromString(colour), ShowLegend: varied == Series[0].Varied);
        GenericChart[] lines =
            [Line(0, "training, images/s", "#1f77b4"), Line(2, "Transform, images/s", "#008000"), Line(1, "peak memory, MB", "#bf00bf")];
        return Chart.Combine(lines)
            .WithXAxisStyle<double, double, string>(TitleText: varied, AxisType: StyleParam.AxisType.Log)
            .WithYAxisStyle<double, double, string>(AxisType: StyleParam.AxisType.Log);
    }

    private static string Text(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Text(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
