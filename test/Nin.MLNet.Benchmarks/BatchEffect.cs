using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.Pipeline.Demo.DataSets;
using Spectre.Console;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// How much an image's scores depend on the batch it is scored in: kernels for another batch size may add in another order.
/// </summary>
internal static class BatchEffect
{
    private const int Learnt = 10_000, Scored = 2_000;
    private static readonly int[] BatchSizes = [2, 7, 32, 128, 1_024];

    public static void Print()
    {
        var context = new MLContext(1);
        var images = FashionMnist.Load(context, trainRows: Learnt, testRows: Scored);
        var pixels = context.Transforms.ExtractPixels(
            "Features", "Image", Microsoft.ML.Transforms.Image.ImagePixelExtractingEstimator.ColorBits.Red);
        var keys = context.Transforms.Conversion.MapValueToKey("Label");
        var prepared = pixels.Append(keys).Fit(images.Train);
        var train = prepared.Transform(images.Train);
        var test = context.Data.Cache(prepared.Transform(images.Test));
        var table = new Table().Border(TableBorder.Ascii).AddColumns(
            "precision", "images a batch", "largest difference of a probability", "mean difference", "other labels", "n");
        foreach (var precision in new[] { NinTrainer.Precision.Float32, NinTrainer.Precision.BFloat16 })
        {
            var options = NinTrainer.Options.Fast();
            (options.NumberOfEpochs, options.Precision, options.ValidationSetFraction, options.Seed) = (1, precision, 0, 1);
            using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(train);
            var alone = Scores(model, test, 1);
            foreach (var size in BatchSizes)
                AddRow(precision, size, alone, Scores(model, test, size));
        }

        var console = PlainConsole.Create();
        console.WriteLine(Machine.Describe(TorchSharp.torch.get_num_threads()));
        console.Write(table);

        void AddRow(NinTrainer.Precision precision, int size, float[][] alone, float[][] batched)
        {
            var differences = alone.SelectMany((scores, row) => scores.Select((score, k) => Math.Abs((double)score - batched[row][k])))
                .ToList();
            var others = alone.Zip(batched).Count(pair => Top(pair.First) != Top(pair.Second));
            table.AddRow(
                $"{precision}", $"{size}", differences.Max().ToString("E1", CultureInfo.InvariantCulture),
                differences.Average().ToString("E1", CultureInfo.InvariantCulture), $"{others}", $"{alone.Length}");
        }

        static int Top(float[] scores) => Array.IndexOf(scores, scores.Max());
    }

    private static float[][] Scores(NinTransformer model, IDataView data, int batchSize)
    {
        model.ScoringBatchSize = batchSize;
        return [.. model.Transform(data).GetColumn<float[]>("Score")];
    }
}
