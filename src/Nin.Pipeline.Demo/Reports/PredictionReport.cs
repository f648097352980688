using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.Pipeline.Demo.DataSets;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Reports;

/// <summary>Loads a saved model as any other program would and asks it about single images.</summary>
internal static class PredictionReport
{
    public static void Print(IAnsiConsole console, string modelPath, ImageCollection images, int count)
    {
        // A new context: using the model must not require anything from the training.
        var context = new MLContext();
        var model = context.Model.Load(modelPath, out _);
        using var engine = context.Model.CreatePredictionEngine<ImageRow, Prediction>(model, inputSchemaDefinition: images.RowSchema);
        var table = Tables.Create().AddColumns("image", "true", "predicted", "probability", "");
        for (var i = 0; i < count; i++)
        {
            if (TryCreate(images, i) is not { } image)
                continue;
            using var row = new ImageRow { Image = image };
            var prediction = engine.Predict(row);
            var isRight = prediction.PredictedLabel == images.Label(i);
            table.AddRow(
                images.Name(i).EscapeMarkup(),
                images.Label(i).EscapeMarkup(),
                prediction.PredictedLabel.EscapeMarkup(),
                prediction.Score.Max().ToString("0.0 %", CultureInfo.InvariantCulture),
                isRight ? "[green]right[/]" : "[red]wrong[/]");
        }

        console.Write($"The first {count} test images, predicted by the loaded model", table);
    }

    /// <summary>Null if the file cannot be read, which has been reported already.</summary>
    private static MLImage? TryCreate(ImageCollection images, int row)
    {
        try
        {
            return images.CreateImage(row);
        }
        catch (UnreadableImageException)
        {
            return null;
        }
    }
}
