using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Reports;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Training;

/// <summary>The main job: load, train, evaluate, draw, save, load back, predict.</summary>
internal sealed class TrainingJob(IAnsiConsole console, JobSettings settings, CancellationToken cancellation)
{
    private const int Predictions = 10, TopK = 3;
    private readonly MLContext context = new(settings.Seed);
    private readonly Stopwatch clock = Stopwatch.StartNew();

    public void Run()
    {
        Directory.CreateDirectory(settings.OutputDirectory);
        context.Log += ShowWarnings;
        var data = Load();
        var preprocessing = Preprocessing.Create(context, data.ClassNames).Fit(data.Train);
        using var trained = Train(data, preprocessing);
        // One model from image to class name.
        var model = preprocessing
            .Append(trained)
            .Append(context.Transforms.Conversion
                .MapKeyToValue("PredictedLabel")
                .Fit(trained.Transform(preprocessing.Transform(data.Test))));

        cancellation.ThrowIfCancellationRequested();
        Evaluate(data, preprocessing, trained);
        var (modelPath, curvesPath) = Save(data, model, trained.Model.History);
        console.WriteLine();
        PredictionReport.Print(console, modelPath, data.TestImages, Math.Min(Predictions, data.TestImages.Count));
        PrintAsTheBook(trained.Model.History);
        console.WriteLine();
        console.WriteLine($"model   {modelPath}");
        console.WriteLine($"curves  {curvesPath}");
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"done in {clock.Elapsed.TotalSeconds:F0} s"));
    }

    private FashionMnist Load()
    {
        var data = FashionMnist.Load(context, settings.DataDirectory, trainRows: settings.TrainRows, testRows: settings.TestRows);
        var source = data.IsFashion ? "Fashion-MNIST, checksums right" : "IDX files";
        var folder = Path.GetFullPath(settings.DataDirectory ?? FashionMnist.ShippedDirectory);
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{source}: {data.TrainImages.Count:N0} training and {data.TestImages.Count:N0} test images " +
            $"of {data.TrainImages.Height}x{data.TrainImages.Width}, {data.ClassNames.Count} classes, from {folder}"));
        return data;
    }

    private NinTransformer Train(FashionMnist data, TransformerChain<ITransformer> preprocessing)
    {
        var options = RecipeOptions.For(settings, flipIsHarmless: data.IsFashion);
        options.CancellationToken = cancellation;
        // The test images are looked at after each epoch for the curve alone, as the book does. No epoch is chosen by them, so the
        // accuracy at the end is an honest one.
        options.RestoreBestWeights = false;
        options.EarlyStoppingPatience = null;
        Announce(options, data);
        Func<double, string> expectation = data.IsFashion && settings.Recipe == Recipe.Fast && settings.TrainRows is null
            ? Expectation.After
            : _ => "";
        return TrainingProgress.Show(console, options, "test", expectation, () => Fit(options, preprocessing, data));
    }

    // The trainer copies its options: it is made after the progress display has put its callback into them.
    private NinTransformer Fit(NinTrainer.Options options, TransformerChain<ITransformer> preprocessing, FashionMnist data) =>
        context.MulticlassClassification.Trainers.Nin(options).Fit(preprocessing.Transform(data.Train), preprocessing.Transform(data.Test));

    private void Announce(NinTrainer.Options options, FashionMnist data)
    {
        var architecture = options.Architecture(1, data.ClassNames.Count);
        var length = options.TimeBudget is { } budget ? $"{budget.TotalMinutes} minute(s)" : $"{options.NumberOfEpochs} epoch(s)";
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"recipe {settings.Recipe.ToString().ToLowerInvariant()}: {architecture.ParameterCount:N0} parameters, {length}, " +
            $"batches of {options.BatchSize}, learning rate {options.LearningRate}"));
        if (settings.Recipe == Recipe.D2L)
        {
            console.MarkupLine(
                "[yellow]The book's recipe resizes every image to 224x224 and is made for a GPU: " +
                "ten epochs of 60,000 images take hours on a CPU.[/] " +
                "Ctrl+C stops it; --checkpoint PATH lets it go on later; --rows N and --epochs N make it shorter.");
        }

        console.WriteLine();
    }

    private void Evaluate(FashionMnist data, TransformerChain<ITransformer> preprocessing, NinTransformer trained)
    {
        var scored = trained.Transform(preprocessing.Transform(data.Test));
        var metrics = context.MulticlassClassification.Evaluate(scored, topKPredictionCount: Math.Min(TopK, data.ClassNames.Count));
        console.WriteLine();
        MetricsReport.Print(console, metrics, trained.Model.ClassNames, data.TestImages.Count);
    }

    private (string Model, string Curves) Save(FashionMnist data, ITransformer model, IReadOnlyList<NinEpoch> history)
    {
        var modelPath = Path.GetFullPath(Path.Combine(settings.OutputDirectory, data.IsFashion ? "nin-fashion-mnist.zip" : "nin.zip"));
        var curvesPath = Path.GetFullPath(Path.Combine(settings.OutputDirectory, "training-curves.html"));
        context.Model.Save(model, data.Train.Schema, modelPath);
        TrainingCurves.Write(history, $"Network in Network, recipe {settings.Recipe.ToString().ToLowerInvariant()}", curvesPath,
            settings.Recipe == Recipe.D2L && data.IsFashion ? TrainingCurves.BooksRange : null);
        return (modelPath, curvesPath);
    }

    /// <summary>The lines that the book's train_ch6 ends with.</summary>
    private void PrintAsTheBook(IReadOnlyList<NinEpoch> history)
    {
        var last = history[^1];
        // Over all epochs, validation not counted, as train_ch6 does; harmonic, since each epoch has equally many images.
        var speed = history.Count / history.Sum(epoch => 1 / epoch.ImagesPerSecond);
        var device = TorchSharp.torch.cuda.is_available() ? "cuda:0" : "cpu";
        console.WriteLine();
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"loss {last.TrainLoss:F3}, train acc {last.TrainAccuracy:F3}, test acc {last.ValidationAccuracy:F3}"));
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{speed:F1} images/sec on {device}"));
    }

    private void ShowWarnings(object? sender, LoggingEventArgs e)
    {
        if (e.Kind >= ChannelMessageKind.Warning)
            console.MarkupLineInterpolated($"[yellow]{e.RawMessage}[/]");
    }
}
