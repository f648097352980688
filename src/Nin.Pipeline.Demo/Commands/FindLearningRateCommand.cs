using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Nin.MLNet;
using Nin.Pipeline.Demo.Output;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Training;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>Runs the learning-rate range test on any images.</summary>
internal static class FindLearningRateCommand
{
    /// <summary>Number of table rows; the curve has a point for each step.</summary>
    private const int Rows = 20;

    public static Command Create(IAnsiConsole console, CancellationToken cancellation)
    {
        var from = new Option<double>("--from")
        {
            Description = "Learning rate of the first step.",
            DefaultValueFactory = _ => 1e-5,
        }.Positive(NumberCheck.HighestRate);
        var to = new Option<double>("--to")
        {
            Description = "Learning rate of the last step.",
            DefaultValueFactory = _ => 10,
        }.Positive(NumberCheck.HighestRate);
        var steps = new Option<int>("--steps")
        {
            Description = "Steps of each of the seven trainings.",
            DefaultValueFactory = _ => 100,
        }.Between(10, 100_000);
        var (options, json) = (new JobOptions(), JsonOption.Create());
        var command = new DemoCommand(
            "find-lr", "Suggests a learning rate: tries ever higher ones, one per step, until the loss explodes.",
            "find-lr --rows 10000",
            "find-lr --folder photos --recipe best --json > rates.json")
        {
            from, to, steps, json,
        };
        options.AddTo(command, isTraining: false);
        command.ExpectBelow(from, to);
        command.SetAction(parsed => Run(
            console,
            options.Read(parsed) with { IsJson = parsed.GetValue(json) },
            (parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(steps)),
            cancellation));
        return command;
    }

    private static int Run(
        IAnsiConsole results, JobSettings settings, (double From, double To, int Steps) range, CancellationToken cancellation)
    {
        var console = Narration.For(results, settings.IsJson);
        var context = new MLContext(settings.Seed);
        var data = settings.Load(context, console);
        var options = RecipeOptions.For(settings, flipIsHarmless: data.IsFashion);
        using var start = StartingPoint.Load(context, settings.StartFrom);
        options.InitialModel = start?.Nin.Model;
        (options.CancellationToken, options.ValidationSetFraction) = (cancellation, 0);
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{data.Origin}: {data.TrainImages.Count:N0} images, from {data.Location}; " +
            $"seven times {range.Steps} steps, learning rate {range.From} to {range.To}"));
        var curve = context.MulticlassClassification.Trainers.Nin(options).FindLearningRate(
            Preprocessing.Create(context, data).Fit(data.Train).Transform(data.Train), range.From, range.To, range.Steps);
        var failures = data.Failures.ToList();
        if (settings.IsJson)
            results.Results().WriteLine(Json.Write(new { curve.Suggestion, points = curve.Points.Select(Finite), unreadable = failures }));
        else
            Print(console, curve);
        return FailureReport.Print(console, failures);
    }

    private static object Finite(NinLearningRatePoint point) =>
        new { point.LearningRate, Loss = Json.Finite(point.Loss), SmoothedLoss = Json.Finite(point.SmoothedLoss) };

    private static void Print(IAnsiConsole console, NinLearningRateCurve curve)
    {
        var table = Tables.Create().AddColumns("learning rate", "loss", "smoothed");
        var count = Math.Min(Rows, curve.Points.Count);
        for (var i = 0; i < count; i++)
        {
            var point = curve.Points[(int)((long)i * (curve.Points.Count - 1) / Math.Max(1, count - 1))];
            FormattableString[] figures = [$"{point.LearningRate:G3}", $"{point.Loss:F3}", $"{point.SmoothedLoss:F3}"];
            table.AddRow([.. figures.Select(figure => figure.ToString(CultureInfo.InvariantCulture))]);
        }

        console.Write("The median of the trainings", table);
        console.WriteLine(curve.Suggestion is { } rate
            ? string.Create(CultureInfo.InvariantCulture, $"suggestion: --set LearningRate={rate:G3}")
            : "no suggestion: the loss never fell; try a lower --from, or look at the data");
    }
}
