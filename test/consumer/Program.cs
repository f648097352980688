// "train <zip>" trains on 200 images and saves; "score <zip>" loads with a bare MLContext. Both print the scores of the same image.
using Microsoft.ML;
using Microsoft.ML.Data;

var random = new Random(1);
var rows = Enumerable.Range(0, 200).Select(i => new Row { Label = i % 2 == 0 ? "top" : "bottom", Features = Image(i % 2) }).ToArray();
var context = new MLContext(1);
ITransformer model;
if (args[0] == "train")
{
    var data = context.Data.LoadFromEnumerable(rows);
    var pipeline = context.Transforms.Conversion.MapValueToKey("Label")
        .Append(context.MulticlassClassification.Trainers.Nin(numberOfEpochs: 2))
        .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    model = pipeline.Fit(data);
    context.Model.Save(model, data.Schema, args[1]);
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

internal sealed class Prediction
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}
