using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Training;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>
/// Compares ML.NET's own multiclass trainers, each out of the box, with this one, on the same pixels and split, in one run.
/// </summary>
internal static class CompareCommand
{
    public static Command Create(IAnsiConsole console, CancellationToken cancellation)
    {
        var rows = new Option<int?>("--rows") { Description = "Training images to take; all if left out." }.AtLeast(1);
        var epochs = new Option<int?>("--epochs")
        {
            Description = "Epochs of NiN; the recipe's if left out.",
        }.Between(1, NumberCheck.MostEpochs);
        var only = new Option<string?>("--only") { Description = "Only trainers whose name contains this." };
        var source = new SourceOptions();
        var command = new DemoCommand(
            "compare", "NiN compared with ML.NET's own trainers: accuracy, time, speed and size.",
            "compare", "compare --folder photos --size 28 --only NiN")
        {
            rows, epochs, only,
        };
        source.AddTo(command);
        command.SetAction(parsed => Run(
            console, source.Read(parsed), parsed.GetValue(rows), parsed.GetValue(epochs), parsed.GetValue(only), cancellation));
        return command;
    }

    private static int Run(
        IAnsiConsole console, AnnouncedSource source, int? rows, int? epochs, string? only, CancellationToken cancellation)
    {
        var context = new MLContext(1);
        var data = source.Load(context, new Portion { TrainRows = rows }, console);
        // Images are decoded once and cached, so that only learning is timed, not decoding.
        var pixels = Preprocessing.Create(context, data).Fit(data.Train);
        var (train, test) = (Kept(data.Train), Kept(data.Test));
        // The linear trainers need pixels in [0, 1]; trees and NiN do not care.
        var scaled = context.Transforms.NormalizeMinMax("Features", fixZero: true);
        var trainers = context.MulticlassClassification.Trainers;
        (string Name, Func<IEstimator<ITransformer>> Create)[] contenders =
        [
            (data.IsFashion ? "NiN (Options.Fast)" : "NiN", () => Nin(epochs)),
            ("NiN, a single epoch", () => Nin(1)),
            ("LightGbm", () => trainers.LightGbm()),
            ("FastTree, one versus all", () => trainers.OneVersusAll(context.BinaryClassification.Trainers.FastTree())),
            ("SDCA, maximum entropy", () => scaled.Append(trainers.SdcaMaximumEntropy())),
            ("L-BFGS, maximum entropy", () => scaled.Append(trainers.LbfgsMaximumEntropy())),
        ];
        var table = Tables.Create()
            .AddColumns("trainer", "test accuracy", "log-loss", "seconds to train", "images/s to score", "model, MB");
        foreach (var (name, create) in contenders
            .Where(entry => only is null || entry.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            cancellation.ThrowIfCancellationRequested();
            string[] row = [name, .. Measure(context, create(), train, test)];
            console.WriteLine(string.Join("  ", row));
            table.AddRow(row);
        }

        console.WriteLine(Machine.Describe());
        console.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{data.TrainImages.Count:N0} training and {data.TestImages.Count:N0} test images, one run"),
            table);
        return FailureReport.Print(console, data.Failures.ToList());

        NinTrainer Nin(int? passes)
        {
            var options = data.IsFashion ? NinTrainer.Options.Fast() : new NinTrainer.Options();
            // The other trainers learn from every image too.
            (options.ValidationSetFraction, options.NumberOfEpochs, options.CancellationToken, options.Seed) =
                (0, passes ?? options.NumberOfEpochs, cancellation, 1);
            return trainers.Nin(options);
        }

        IDataView Kept(IDataView images)
        {
            var view = context.Data.Cache(pixels.Transform(images), "Features", "Label");
            foreach (var _ in view.GetColumn<float[]>("Features"))
                cancellation.ThrowIfCancellationRequested();
            return view;
        }
    }

    private static string[] Measure(MLContext context, IEstimator<ITransformer> trainer, IDataView train, IDataView test)
    {
        var clock = Stopwatch.StartNew();
        var model = trainer.Fit(train);
        var trained = clock.Elapsed.TotalSeconds;
        var scored = model.Transform(test);
        // The first pass is a warm-up.
        var metrics = context.MulticlassClassification.Evaluate(scored);
        clock.Restart();
        var images = scored.GetColumn<float[]>("Score").Count();
        var speed = images / clock.Elapsed.TotalSeconds;
        using var zip = new MemoryStream();
        context.Model.Save(model, train.Schema, zip);
        (model as IDisposable)?.Dispose();
        FormattableString[] figures =
        [
            $"{metrics.MicroAccuracy:0.00 %}", $"{metrics.LogLoss:F3}", $"{trained:F0}", $"{speed:N0}", $"{zip.Length / 1e6:F1}",
        ];
        return [.. figures.Select(figure => figure.ToString(CultureInfo.InvariantCulture))];
    }
}
