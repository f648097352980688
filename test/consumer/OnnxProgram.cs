// "<onnx> <zip> <expected>": scores the other consumers' image with the exported model, saves that model as a zip and scores with the
// zip. Expected is what the others printed, "label score score": the label must be the same and every score within 1e-4.
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

var random = new Random(1);
var row = new Pixels { Features = [.. Enumerable.Range(0, 256).Select(i => random.Next(50) + (i / 128 == 0 ? 150f : 0f))] };
var context = new MLContext(1);
var data = context.Data.LoadFromEnumerable<Pixels>([]);
var model = context.Transforms.ApplyOnnxModel(["PredictedLabel.output", "Score.output"], ["Features"], args[0]).Fit(data);
context.Model.Save(model, data.Schema, args[1]);
var expected = args[2].Split(' ');
foreach (var (name, served) in new (string, ITransformer)[] { ("onnx", model), ("zip ", context.Model.Load(args[1], out _)) })
{
    using var engine = context.Model.CreatePredictionEngine<Pixels, Prediction>(served);
    var prediction = engine.Predict(row);
    var scores = prediction.Score.Select(score => score.ToString("R", CultureInfo.InvariantCulture));
    Console.WriteLine($"OnnxConsumer {name}: {prediction.PredictedLabel.Single()} {string.Join(' ', scores)}");
    var differences = expected[1..].Zip(
        prediction.Score, (text, score) => Math.Abs(float.Parse(text, CultureInfo.InvariantCulture) - score));
    if (prediction.PredictedLabel.Single() != expected[0] || prediction.Score.Length != expected.Length - 1 || differences.Max() > 1e-4)
    {
        Console.Error.WriteLine($"OnnxConsumer {name}: expected {args[2]}");
        return 1;
    }
}

return 0;

internal sealed class Pixels
{
    [VectorType(256)]
    public float[] Features { get; set; } = [];
}

internal sealed class Prediction
{
    // An ONNX output has a batch dimension, so a single label comes as a vector of one.
    public string[] PredictedLabel { get; set; } = [];

    public float[] Score { get; set; } = [];
}
