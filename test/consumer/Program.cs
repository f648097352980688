// "train <zip> <onnx>" trains on 200 images, saves and exports; "score <zip>" loads with a bare MLContext. Both print the scores of the
// same image.
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet;

var random = new Random(1);
var rows = Enumerable.Range(0, 200).Select(i => new Row { Label = i % 2 == 0 ? "top" : "bottom", Features = Image(i % 2) }).ToArray();
var context = new MLContext(1);
ITransformer model;
if (args[0] == "train")
{
    var data = context.Data.LoadFromEnumerable(rows);
    var pipeline = context.Transforms.Conversion.MapValueToKey("Label")
        // In bfloat16, scores would be its own rounding apart from those of the exported model.
        .Append(context.MulticlassClassification.Trainers.Nin(
            new NinTrainer.Options { NumberOfEpochs = 2, Precision = NinTrainer.Precision.Float32 }))
        .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    var trained = pipeline.Fit(data);
    model = trained;
    context.Model.Save(model, data.Schema, args[1]);
    // From the pixels on, without the label: who serves it knows none.
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
Console.WriteLine(
    $"{prediction.PredictedLabel} " +
    $"{string.Join(' ', prediction.Score.Select(score => score.ToString("R", System.Globalization.CultureInfo.InvariantCulture)))}");

float[] Image(int half) => [.. Enumerable.Range(0, 256).Select(i => random.Next(50) + (i / 128 == half ? 150f : 0f))];

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
