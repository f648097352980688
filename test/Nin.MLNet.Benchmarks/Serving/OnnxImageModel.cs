using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Nin.Server;

namespace Nin.MLNet.Benchmarks.Serving;

/// <summary>The serving peer: ONNX Runtime on the request's thread, from pixels to scores without ML.NET.</summary>
internal sealed class OnnxImageModel(string file) : IImageModel
{
    private static readonly int Side = Workload.Small.Side;
    private static readonly string[] Inputs = ["images"], Outputs = ["scores"];
    private static readonly string[] Classes = [.. Enumerable.Range(0, 10).Select(i => i.ToString(CultureInfo.InvariantCulture))];
    private readonly RunOptions run = new();
    private readonly InferenceSession session = Open(file);

    public Answer Predict(MLImage image)
    {
        if (image.Width != Side || image.Height != Side)
            throw new ArgumentException($"The image is {image.Width} x {image.Height}: this peer takes {Side} x {Side}.");
        var red = image.PixelFormat == MLPixelFormat.Bgra32 ? 2 : 0;
        var bytes = image.Pixels;
        var pixels = new float[Side * Side];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = bytes[(4 * i) + red];
        using var images = OrtValue.CreateTensorValueFromMemory(pixels, [1, 1, Side, Side]);
        using var results = session.Run(run, Inputs, [images], Outputs);
        return Answer.Of(Classes, results[0].GetTensorDataAsSpan<float>().ToArray());
    }

    public void Dispose()
    {
        session.Dispose();
        run.Dispose();
    }

    private static InferenceSession Open(string file)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        return new InferenceSession(file, options);
    }
}
