using System.Globalization;
using Microsoft.ML;
using Nin.Pipeline.Demo.DataSets;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Reports;

/// <summary>Loads a saved model as a stranger would and asks it about single images.</summary>
internal static class PredictionReport
{
    public static void Print(IAnsiConsole console, string modelPath, ImageSet images, int count)
    {
        // A new context: nothing of the training may be needed to use the model.
        var context = new MLContext();
        var model = context.Model.Load(modelPath, out _);
        using var engine = context.Model.CreatePredictionEngine<ImageRow, Prediction>(
            model, inputSchemaDefinition: ImageRow.SchemaFor(images.Height, images.Width));
        var table = Tables.Create().AddColumns("image", "true", "predicted", "probability", "");
        for (var i = 0; i < count; i++)
        {
            using var row = new ImageRow { Image = images.CreateImage(i) };
            var prediction = engine.Predict(row);
            var isRight = prediction.PredictedLabel == images.Label(i);
            table.AddRow(
                $"test {i}",
                images.Label(i).EscapeMarkup(),
                prediction.PredictedLabel.EscapeMarkup(),
                prediction.Score.Max().ToString("0.0 %", CultureInfo.InvariantCulture),
                isRight ? "[green]right[/]" : "[red]wrong[/]");
        }

        console.Write($"The first {count} test images, predicted by the loaded model", table);
    }
}
