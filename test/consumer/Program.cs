// "train <zip> <onnx>" trains on 200 images, saves and exports; "score <zip>" loads with a bare MLContext. Both print the scores of the
// same image. "draw <folder>" draws training images of two classes; "score-file <zip> <image>" loads the model that the demo made of them.
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet;

if (args[0] == "draw")
    return Draw(args[1]);
if (args[0] == "score-file")
    return ScoreFile(args[1], args[2]);

var random = new Random(1);
var rows = Enumerable.Range(0, 200).Select(i => new Row { Label = i % 2 == 0 ? "top" : "bottom", Features = Image(i % 2) }).ToArray();
var context = new MLContext(1);
ITransformer model;
if (args[0] == "train")
{
    var data = context.Data.LoadFromEnumerable(rows);
    var pipeline = context.Transforms.Conversion.MapValueToKey("Label")
        // In bfloat16 the scores would differ from the exported model's by rounding.
        .Append(context.MulticlassClassification.Trainers.Nin(
            new NinTrainer.Options { NumberOfEpochs = 2, Precision = NinTrainer.Precision.Float32 }))
        .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    var trained = pipeline.Fit(data);
    model = trained;
    context.Model.Save(model, data.Schema, args[1]);
    // Exports from the pixels on, without the label, which is unknown when serving.
    var scoring = new TransformerChain<ITransformer>(trained.OfType<NinTransformer>().Single(), trained.LastTransformer);
    using var onnx = File.Create(args[2]);
    context.Model.ConvertToOnnx(scoring, context.Data.LoadFromEnumerable<Pixels>([]), onnx);
}
else
{
    model = context.Model.Load(args[1], out _);
}

using var engine = context.Model.CreatePredictionEngine<Row, Prediction>(model);
var prediction = engine.Predict(rows[0]);
Console.WriteLine($"{prediction.PredictedLabel} {Text(prediction.Score)}");
return 0;

float[] Image(int half) => [.. Enumerable.Range(0, 256).Select(i => random.Next(50) + (i / 128 == half ? 150f : 0f))];

static string Text(float[] scores) =>
    string.Join(' ', scores.Select(score => score.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));

static int Draw(string folder)
{
    foreach (var (name, red, blue) in new[] { ("red", 200, 20), ("blue", 20, 200) })
    {
        Directory.CreateDirectory(Path.Combine(folder, name));
        for (var i = 0; i < 12; i++)
        {
            byte[] pixels =
            [
                .. Enumerable.Range(0, 256).SelectMany(p => new byte[] { (byte)(red + i), (byte)(p % 50), (byte)(blue + i), 255 }),
            ];
            using var image = MLImage.CreateFromPixels(16, 16, MLPixelFormat.Rgba32, pixels);
            image.Save(Path.Combine(folder, name, $"{i}.png"));
        }
    }

    return 0;
}

static int ScoreFile(string zip, string file)
{
    var loading = new MLContext();
    using var reading = loading.Model.CreatePredictionEngine<FilePath, Prediction>(loading.Model.Load(zip, out _));
    var found = reading.Predict(new FilePath { Path = file });
    Console.WriteLine($"{found.PredictedLabel} {Text(found.Score)}");
    return 0;
}

internal sealed class FilePath
{
    public string Path { get; set; } = "";
}

internal sealed class Row
{
    public string Label { get; set; } = "";

    [VectorType(256)]
    public float[] Features { get; set; } = [];
}

internal sealed class Pixels
{
    [VectorType(256)]
    public float[] Features { get; set; } = [];
}

internal sealed class Prediction
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}
