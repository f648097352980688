using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Output;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Reports.Html;
using Nin.Pipeline.Demo.Training;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>
/// Measures what a recipe reaches, and how much of that is luck. The same training runs for many seeds, learns from every training image
/// and keeps the last epoch's weights; the test images are used once, afterwards. To tune knobs, training images are held out and used
/// instead of the test images. With mirror images: the mean of an image's and its mirror image's scores. ECE: expected calibration error
/// (15 bins) of every other image, as trained and, as the log-loss is, too, at a temperature T fitted on the rest.
/// </summary>
internal static class SeedsCommand
{
    public static Command Create(IAnsiConsole console, CancellationToken cancellation)
    {
        var options = new JobOptions();
        var seeds = new Option<int>("--seeds")
        {
            Description = "Trainings, seeds from --seed on.",
            DefaultValueFactory = _ => 3,
        }.AtLeast(1);
        var holdOut = new Option<int>("--hold-out")
        {
            Description = "Training images to hold out and evaluate on instead of the test images.",
        }.AtLeast(0);
        var command = new DemoCommand(
            "seeds", "A recipe's test accuracy over several seeds: each, mean and standard deviation.",
            "seeds --seeds 3", "seeds --hold-out 10000 --set MaxShiftPixels=2")
        {
            seeds,
            holdOut,
        };
        options.AddTo(command);
        command.SetAction(parsed =>
            Run(console, options.Read(parsed), parsed.GetValue(seeds), parsed.GetValue(holdOut), cancellation));
        return command;
    }

    private static int Run(IAnsiConsole console, JobSettings settings, int seeds, int holdOut, CancellationToken cancellation)
    {
        WholeFile.PrepareFolder(settings.OutputDirectory);
        var outcomes = new List<Outcome>();
        for (var i = 0; i < seeds; i++)
        {
            // After the largest seed comes the smallest.
            var seed = unchecked(settings.Seed + i);
            var checkpoint = settings.Checkpoint is { } path ? $"{path}.{seed}" : null;
            outcomes.Add(Train(console, settings with { Seed = seed, Checkpoint = checkpoint }, holdOut, cancellation));
        }

        var table = Tables.Create()
            .AddColumns("seed", $"{Set(holdOut)} accuracy", "with mirror images", $"{Set(holdOut)} log-loss", "ECE", "T", "ECE at T",
                "log-loss at T", "train accuracy", "seconds");
        foreach (var outcome in outcomes)
            table.AddRow(
                Invariant($"{outcome.Seed}"),
                Percent(outcome.Accuracy),
                Percent(outcome.Mirrored),
                Invariant($"{outcome.LogLoss:F4}"),
                Percent(outcome.Ece),
                Invariant($"{outcome.Temperature:F2}"),
                Percent(outcome.TemperedEce),
                Invariant($"{outcome.TemperedLogLoss:F4}"),
                Percent(outcome.TrainAccuracy),
                Invariant($"{outcome.Seconds:F0}"));
        table.AddRow(
            "mean",
            Percent(Mean(o => o.Accuracy)),
            Percent(Mean(o => o.Mirrored)),
            Invariant($"{Mean(o => o.LogLoss):F4}"),
            Percent(Mean(o => o.Ece)),
            Invariant($"{Mean(o => o.Temperature):F2}"),
            Percent(Mean(o => o.TemperedEce)),
            Invariant($"{Mean(o => o.TemperedLogLoss):F4}"),
            Percent(Mean(o => o.TrainAccuracy)),
            Invariant($"{Mean(o => o.Seconds):F0}"));
        if (seeds > 1)
            table.AddRow(
                "sd",
                Percent(Deviation(o => o.Accuracy)),
                Percent(Deviation(o => o.Mirrored)),
                Invariant($"{Deviation(o => o.LogLoss):F4}"),
                Percent(Deviation(o => o.Ece)),
                Invariant($"{Deviation(o => o.Temperature):F2}"),
                Percent(Deviation(o => o.TemperedEce)),
                Invariant($"{Deviation(o => o.TemperedLogLoss):F4}"),
                Percent(Deviation(o => o.TrainAccuracy)),
                "");
        console.WriteLine(Machine.Describe());
        console.Write(
            Invariant($"Recipe {settings.Recipe.ToString().ToLowerInvariant()}, {outcomes[0].Parameters:N0} parameters, ") +
            Invariant($"{outcomes.Average(o => o.Epochs):0.##} epoch(s), precision {settings.Precision}") +
            Invariant($"{string.Concat(settings.Knobs.Select(knob => ", " + knob))}, n = {seeds}"),
            table);

        // The seed also draws which files are trained on.
        return FailureReport.Print(console, [.. outcomes.SelectMany(outcome => outcome.Failures).DistinctBy(failure => failure.Path)]);

        double Mean(Func<Outcome, double> figure) => outcomes.Average(figure);
        double Deviation(Func<Outcome, double> figure) =>
            Math.Sqrt(outcomes.Sum(o => Math.Pow(figure(o) - Mean(figure), 2)) / (outcomes.Count - 1));
    }

    private static Outcome Train(IAnsiConsole console, JobSettings settings, int holdOut, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var context = new MLContext(settings.Seed);
        var data = settings.Load(context, console, holdOut);
        var preprocessing = Preprocessing.Create(context, data).Fit(data.Train);
        var options = RecipeOptions.For(settings, flipIsHarmless: data.IsFashion);
        using var start = StartingPoint.Load(context, settings.StartFrom);
        options.InitialModel = start?.Nin.Model;
        (options.ValidationSetFraction, options.EarlyStoppingPatience, options.CancellationToken) = (0, null, cancellation);
        using var model = TrainingProgress.Show(
            console, options, "", _ => "",
            () => context.MulticlassClassification.Trainers.Nin(options).Fit(preprocessing.Transform(data.Train)));
        var seconds = clock.Elapsed.TotalSeconds;
        var path = Path.Combine(
            settings.OutputDirectory, Invariant($"nin-{settings.Recipe.ToString().ToLowerInvariant()}-{settings.Seed}.zip"));
        var chain = SavedChain.Of(context, data, preprocessing, model);
        WholeFile.Write(path, stream => context.Model.Save(chain, data.Train.Schema, stream));

        var images = preprocessing.Transform(data.TestImages.ToDataView(context));
        var scored = model.Transform(images);
        var metrics = context.MulticlassClassification.Evaluate(scored);
        model.ScoringMirrorImages = true;
        var mirrored = context.MulticlassClassification.Evaluate(model.Transform(images));
        var effect = TemperatureEffect.Of(ScoredImages.Of(scored, model.FeatureColumnName));
        var outcome = new Outcome(
            settings.Seed, metrics.MicroAccuracy, mirrored.MicroAccuracy, metrics.LogLoss,
            effect?.Before.ExpectedCalibrationError ?? double.NaN, effect?.Temperature ?? double.NaN,
            effect?.After.ExpectedCalibrationError ?? double.NaN, effect?.LogLossAfter ?? double.NaN,
            model.Model.History[^1].TrainAccuracy, seconds,
            model.Model.ParameterCount, model.Model.History.Sum(epoch => epoch.Images) / (double)data.TrainImages.Count,
            data.Failures.ToList());
        console.WriteLine(
            Invariant($"seed {settings.Seed}: {Set(holdOut)} accuracy {outcome.Accuracy:0.00 %}, ") +
            Invariant($"with mirror images {outcome.Mirrored:0.00 %}, {seconds:F0} s; model {path}"));
        return outcome;
    }

    private static string Set(int holdOut) => holdOut > 0 ? "held-out" : "test";

    private static string Percent(double share) => share.ToString("0.00 %", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Outcome(
        int Seed, double Accuracy, double Mirrored, double LogLoss, double Ece, double Temperature, double TemperedEce,
        double TemperedLogLoss, double TrainAccuracy, double Seconds, long Parameters, double Epochs, IReadOnlyList<ReadFailure> Failures);
}
