using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Explanations;
using Nin.Pipeline.Demo.Output;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Reports.Html;
using Nin.Pipeline.Demo.Reports.Live;
using Nin.Pipeline.Demo.Scoring;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Training;

/// <summary>The main job: load, train, save, evaluate, draw, load back, predict.</summary>
internal sealed class TrainingJob(IAnsiConsole results, JobSettings asked, CancellationToken cancellation)
{
    /// <summary>Test images to evaluate after each epoch, at least, if there are as many.</summary>
    private const int FewestForCurve = 500;

    private const int Predictions = 10, TopK = 3;
    private readonly IAnsiConsole console = Narration.For(results, asked.IsJson);
    private readonly MLContext context = new(asked.Seed);
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private JobSettings settings = asked;
    private IReadOnlyList<(string, string)> made = [];

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public int Run()
    {
        if (settings.IsFirst)
            WholeFile.PrepareFolder(settings.OutputDirectory);
        context.Log += ShowWarnings;
        var data = Load();
        cancellation.ThrowIfCancellationRequested();
        var preprocessing = Preprocessing.Create(context, data).Fit(data.Train);
        using var stop = new StopOnRequest(cancellation);
        using var trained = Train(data, preprocessing, stop);
        if (!settings.IsFirst)
            return ExitCode.Done;
        if (stop.StoppedAt is not null && trained.Model.History.Count == 0)
            throw new OperationCanceledException("The network had collapsed, and nothing had been learnt yet.");
        // Comes before everything else, so that the trained model is safe.
        var files = ModelFiles.In(settings.OutputDirectory, data, isInterrupted: stop.StoppedAt is not null);
        files.SaveModel(context, data, preprocessing, trained);
        var report = TrainingReport.Of(
            Title, trained.Model, Published(data), [("data", data.Location), .. made, .. TrainingReport.Machine()]);
        ReportPage.Write(report, files.Report);
        var result = Describe(data, trained, files);
        if (stop.StoppedAt is { } stopped)
        {
            ShowStop(stopped, trained.Model.History, stop.EpochsBefore ?? 0);
            if (files.AreBesideEarlierOnes)
                console.WriteLine(
                    $"What an earlier training left in {Path.GetDirectoryName(files.Model)} is kept; this model is beside it:");
            return Finish(result with { IsInterrupted = true }, data);
        }

        try
        {
            var (scored, metrics) = Evaluate(data, preprocessing, trained);
            var evaluation = Evaluation.Of(metrics, trained.Model.ClassNames);
            result = result with { Test = evaluation };
            ReportPage.Write(
                report.With(
                    scored, trained.FeatureColumnName, evaluation, data,
                    rows => Explainer.Explain(context, trained, trained.Transform(
                        preprocessing.Transform(context.Data.LoadFromEnumerable(rows, data.TestImages.RowSchema))))),
                files.Report);
            console.WriteLine();
            PredictionReport.Print(console, files.ForImages, data.TestImages, Math.Min(Predictions, data.TestImages.Count));
            PrintAsTheBook(trained.Model.History, evaluation.Accuracy);
        }
        catch (Exception e) when (StoppableView.IsStop(e))
        {
            console.WriteLine();
            console.WriteLine("Stopped after the training: the model is complete, its test or its report is not.");
            result = result with { IsInterrupted = true };
        }

        return Finish(result, data);
    }

    private DataSet Load()
    {
        var data = settings.Load(context, console);
        settings = RecipeOptions.WithLength(settings, data.TrainImages.Count);
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{data.Origin}: {data.TrainImages.Count:N0} training and {data.TestImages.Count:N0} test images " +
            $"{(data.IsFiles ? "resized to" : "of")} {data.Size.Height}x{data.Size.Width}, {(data.Channels == 1 ? "grey" : "colour")}, " +
            $"{data.ClassNames.Count} classes, from {data.Location}"));
        if (data.UntestedClasses.Count > 0)
            console.MarkupLineInterpolated(
                $"[yellow]no test image, so not measured: {string.Join(", ", data.UntestedClasses)} (a class needs two images)[/]");
        return data;
    }

    private NinTransformer Train(DataSet data, TransformerChain<ITransformer> preprocessing, StopOnRequest stop)
    {
        var options = RecipeOptions.For(settings, flipIsHarmless: data.IsFashion);
        using var start = StartingPoint.Load(context, settings.StartFrom);
        options.InitialModel = start?.Nin.Model;
        options.CancellationToken = stop.BeforeTraining;
        options.Distributed = settings.Ranks;
        // The batch is divided among the processes, so that its total size stays the same whatever their number; where no size is given,
        // the trainer does the same.
        options.BatchSize = (options.BatchSize + Ranks - 1) / Ranks;
        options.Callbacks.Add(stop);
        // The test images are evaluated after each epoch only for the curve, as the book does. They are not used to choose an epoch, so the
        // accuracy at the end is an honest one.
        options.RestoreBestWeights = false;
        options.EarlyStoppingPatience = null;
        var curve = Curve(data);
        Announce(options, data, curve);
        using var notes = new TrainerNotes(context);
        using var live = settings.LivePort is { } port ? new LiveReport(Title, Published(data), port) : null;
        if (live is not null)
        {
            options.Callbacks.Add(live);
            console.WriteLine($"live    {live.Address}");
        }

        Func<NinTrainingContext, string> expectation = data.IsFashion && settings.Recipe == Recipe.Fast && settings.TrainRows is null
            ? training => Expectation.After(training.NumberOfEpochs, training.Architecture)
            : _ => "";
        var trained = TrainingProgress.Show(console, options, "test", expectation, () => Fit(options, preprocessing, data, curve));
        made =
        [
            .. TrainingReport.Options(options), ("accuracy after each epoch", Of(curve, data)),
            .. notes.All.Select(note => ("the trainer's log", note)),
        ];
        return trained;
    }

    // The trainer copies its options, so it is created after the progress display has added its callback to them.
    private NinTransformer Fit(
        NinTrainer.Options options, TransformerChain<ITransformer> preprocessing, DataSet data, ImageCollection curve) =>
        context.MulticlassClassification.Trainers.Nin(options).Fit(
            preprocessing.Transform(data.Train), preprocessing.Transform(curve.ToDataView(context)));

    /// <summary>
    /// The test images to evaluate after each epoch: as many as there are training images, because otherwise few would take longer to
    /// test than to learn.
    /// </summary>
    private ImageCollection Curve(DataSet data)
    {
        var most = Math.Max(FewestForCurve, data.TrainImages.Count);
        var test = data.TestImages;
        return test.Count <= most
            ? test
            : test.Take(DrawnOrder.Of([.. Enumerable.Range(0, test.Count).Select(test.Name)], settings.Seed)[..most]);
    }

    private static string Of(ImageCollection curve, DataSet data) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(curve.Count < data.TestImages.Count ? $"{curve.Count:N0} of the " : "")}{data.TestImages.Count:N0} test images");

    private void Announce(NinTrainer.Options options, DataSet data, ImageCollection curve)
    {
        // Within a time budget, the trainer measures the machine before it chooses the network.
        var length = options.TimeBudget is { } budget
            ? $"{budget.TotalMinutes} minute(s)"
            : options.InitialModel is not null
            ? Length(options.NumberOfEpochs)
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{options.Architecture(data.Channels, data.ClassNames.Count).ParameterCount:N0} parameters, " +
                $"{Length(options.NumberOfEpochs)}");
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"recipe {RecipeName}{(settings.StartFrom is { } start ? $", from {start}" : "")}: {length}, " +
            $"{(options.BatchSize is { } size ? $"batches of {size}, " : "")}{(Ranks > 1 ? $"{Ranks} processes, " : "")}" +
            $"learning rate {options.LearningRate}"));
        if (curve.Count < data.TestImages.Count)
            console.WriteLine($"After each epoch, {Of(curve, data)} are evaluated; at the end, all of them are.");
        if (settings.Recipe == Recipe.D2L)
        {
            console.MarkupLine(
                "[yellow]The book's recipe resizes every image to 224x224 and is made for a GPU: " +
                "ten epochs of 60,000 images take hours on a CPU.[/] " +
                "Ctrl+C stops it; --checkpoint PATH lets it go on later; --rows N and --epochs N make it shorter.");
        }

        console.WriteLine();
    }

    private static string Length(int? epochs) => epochs is { } given ? $"{given} epoch(s)" : "as many epochs as suit the number of images";

    private (IDataView Scored, MulticlassClassificationMetrics Metrics) Evaluate(
        DataSet data, TransformerChain<ITransformer> preprocessing, NinTransformer trained)
    {
        var scored = trained.Transform(preprocessing.Transform(new StoppableView(data.Test, cancellation)));
        var metrics = context.MulticlassClassification.Evaluate(scored, topKPredictionCount: Math.Min(TopK, data.ClassNames.Count));
        console.WriteLine();
        MetricsReport.Print(console, metrics, trained.Model.ClassNames, Evaluation.Of(metrics, trained.Model.ClassNames).Images);
        return (scored, metrics);
    }

    private int Ranks => settings.Ranks?.Count ?? 1;

    private string Title => $"Network in Network, recipe {RecipeName}";

    private (double From, double To)? Published(DataSet data) =>
        settings.Recipe == Recipe.D2L && data.IsFashion ? TrainingFigures.BooksRange : null;

    private string RecipeName => settings.Recipe.ToString().ToLowerInvariant();

    private TrainingResult Describe(DataSet data, NinTransformer trained, ModelFiles files) => new()
    {
        Recipe = RecipeName,
        Data = data.Location,
        TrainImages = data.TrainImages.Count,
        TestImages = data.TestImages.Count,
        Classes = trained.Model.ClassNames,
        Parameters = trained.Model.ParameterCount,
        Model = files.Model,
        ModelForImages = files.ForImages,
        Report = files.Report,
        IsInterrupted = false,
        Epochs = trained.Model.History,
        Unreadable = [],
        Seconds = 0,
    };

    /// <summary>The lines that the book's train_ch6 prints at the end.</summary>
    private void PrintAsTheBook(IReadOnlyList<NinEpoch> history, double testAccuracy)
    {
        var last = history[^1];
        // Over all epochs, without validation, as train_ch6 does. The mean is harmonic because each epoch has the same number of images.
        var speed = history.Count / history.Sum(epoch => 1 / epoch.ImagesPerSecond);
        var device = TorchSharp.torch.cuda.is_available() ? "cuda:0" : "cpu";
        console.WriteLine();
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"loss {last.TrainLoss:F3}, train acc {last.TrainAccuracy:F3}, test acc {testAccuracy:F3}"));
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{speed:F1} images/sec on {device}"));
        console.WriteLine();
    }

    private void ShowStop((long Step, long Steps, int Epoch) stopped, IReadOnlyList<NinEpoch> history, int before)
    {
        var best = history.Skip(before).OrderByDescending(epoch => epoch.ValidationAccuracy).ThenBy(epoch => epoch.ValidationLoss)
            .FirstOrDefault();
        console.WriteLine();
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Stopped after step {stopped.Step:N0} of {stopped.Steps:N0}, in epoch {stopped.Epoch}. ") +
            (best is null
                ? "No epoch was finished since the training was resumed: the model is that of the checkpoint."
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"The best model {(before > 0 ? "since the training was resumed" : "so far")} is kept, that of epoch {best.Epoch}: " +
                    $"test accuracy {best.ValidationAccuracy:0.00 %}, by which it was chosen.")));
    }

    private int Finish(TrainingResult result, DataSet data)
    {
        result = result with { Unreadable = data.Failures.ToList(), Seconds = clock.Elapsed.TotalSeconds };
        var code = FailureReport.Print(console, result.Unreadable);
        console.WriteLine($"model   {result.Model}");
        if (result.ModelForImages != result.Model)
            console.WriteLine($"        {result.ModelForImages} (takes images instead of paths)");
        console.WriteLine($"report  {result.Report}");
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"done in {result.Seconds:F0} s"));
        if (settings.IsJson)
            results.Results().WriteLine(Json.Write(result));
        return result.IsInterrupted ? ExitCode.Interrupted : code;
    }

    private void ShowWarnings(object? sender, LoggingEventArgs e)
    {
        if (e.Kind >= ChannelMessageKind.Warning)
            console.MarkupLineInterpolated($"[yellow]{e.RawMessage}[/]");
    }
}
