using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Nin.MLNet.Benchmarks.Serving;

/// <summary>The default network with the same weights for both engines, and an image to send them.</summary>
internal static class ServedModel
{
    /// <summary>Largest difference between the engines' probabilities; bfloat16 has three digits.</summary>
    private const float Tolerance = 0.03f;
    private const int Classes = 10, Images = 1_280;
    private static readonly int Side = Workload.Small.Side;

    /// <summary>The model file for an engine.</summary>
    public static string File(string folder, string engine) => Path.Combine(folder, engine == Engine.Nin ? "model.zip" : "model.onnx");

    /// <summary>The image that clients send.</summary>
    public static string Upload(string folder) => Path.Combine(folder, "upload.png");

    /// <summary>Trains for some seconds and writes model.zip, model.onnx (if PyTorch is installed) and upload.png.</summary>
    /// <exception cref="InvalidOperationException">The two engines disagree.</exception>
    public static void Write(string folder)
    {
        var context = new MLContext(1);
        var random = new Random(1);
        var rows = Enumerable.Range(0, Images).Select(i => new Row { Label = $"{i % Classes}", Image = Bar(i % Classes, random) }).ToList();
        var data = context.Data.LoadFromEnumerable(rows);
        var options = Workload.Small.Options(NinTrainer.Precision.Auto);
        var names = context.Data.LoadFromEnumerable(rows.Take(Classes).Select(row => new Name { Label = row.Label }));
        var model = context.Transforms.ExtractPixels("Features", "Image", ImagePixelExtractingEstimator.ColorBits.Red)
            .Append(context.Transforms.Conversion.MapValueToKey("Label", keyData: names))
            .Append(context.MulticlassClassification.Trainers.Nin(options))
            .Fit(data);
        context.Model.Save(model, data.Schema, File(folder, Engine.Nin));
        PyTorchPeer.ExportOnnx("small", File(folder, Engine.Onnx), model.LastTransformer.Model);
        model.Dispose();
        rows[3].Image!.Save(Upload(folder));
        if (System.IO.File.Exists(File(folder, Engine.Onnx)))
            Compare(folder);
    }

    private static void Compare(string folder)
    {
        using var image = MLImage.CreateFromFile(Upload(folder));
        var answers = Engine.All.Select(engine =>
        {
            using var model = Engine.Load(engine, File(folder, engine));
            return model.Predict(image);
        }).ToList();
        var difference = answers[0].Probabilities.Max(entry => Math.Abs(entry.Value - answers[1].Probabilities[entry.Key]));
        if (difference > Tolerance)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"A probability differs by {difference} between the engines: they serve different networks."));
        }
    }

    /// <summary>A bright bar whose position gives the class.</summary>
    private static MLImage Bar(int place, Random random)
    {
        var pixels = new byte[Side * Side * 4];
        for (var i = 0; i < Side * Side; i++)
        {
            var isBar = i / Side >= 2 * place && i / Side < (2 * place) + 4;
            pixels.AsSpan(4 * i, 3).Fill((byte)(random.Next(60) + (isBar ? 180 : 0)));
            pixels[(4 * i) + 3] = byte.MaxValue;
        }

        return MLImage.CreateFromPixels(Side, Side, MLPixelFormat.Bgra32, pixels);
    }

    private sealed class Row
    {
        public string Label { get; set; } = "";

        [ImageType(28, 28)]
        public MLImage? Image { get; set; }
    }

    private sealed class Name
    {
        public string Label { get; set; } = "";
    }
}
