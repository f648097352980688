using System.Globalization;
using Nin.Server;

namespace Nin.MLNet.Benchmarks.Serving;

/// <summary>The engine behind the same server.</summary>
internal static class Engine
{
    public const string Nin = "nin", Onnx = "onnx";

    public static IReadOnlyList<string> All { get; } = [Nin, Onnx];

    public static IImageModel Load(string engine, string file) => engine switch
    {
        Nin => NinImageModel.Load(file),
        Onnx => new OnnxImageModel(file),
        _ => throw new ArgumentException($"Unknown engine '{engine}': expected {string.Join(" or ", All)}."),
    };

    /// <summary>Serves until the input ends; the first line printed is the port.</summary>
    public static void Serve(string engine, string file)
    {
        using var app = PredictionServer.Create(() => Load(engine, file), port: 0);
        app.StartAsync().GetAwaiter().GetResult();
        Console.WriteLine(new Uri(app.Urls.Single()).Port.ToString(CultureInfo.InvariantCulture));
        _ = Console.In.ReadToEnd();
        app.StopAsync().GetAwaiter().GetResult();
    }
}
