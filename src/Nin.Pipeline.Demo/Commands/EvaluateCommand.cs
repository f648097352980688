using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Output;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Scoring;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>How well a saved model does on test images.</summary>
internal static class EvaluateCommand
{
    private const int TopK = 3;

    public static Command Create(IAnsiConsole console, CancellationToken cancellation)
    {
        var model = ModelArgument.Create();
        var source = new SourceOptions();
        var seed = TestSeedOption.Create();
        var all = new Option<bool>("--all")
        {
            Description = "Takes every image of the source, which the model must not have learnt from.",
        };
        var json = JsonOption.Create();
        var command = new DemoCommand(
            "evaluate", "A saved model's accuracy, log-loss, precision, recall and confusions on test images.",
            "evaluate nin-fashion-mnist.zip",
            "evaluate model/nin.zip --folder photos",
            "evaluate model/nin.zip --folder other-photos --all --json > evaluation.json")
        {
            model, seed, all, json,
        };
        source.AddTo(command);
        command.SetAction(parsed =>
        {
            var portion = new Portion { Seed = parsed.GetValue(seed), TestsOnAll = parsed.GetValue(all) };
            return Run(console, parsed.GetValue(model)!, source.Read(parsed), portion, parsed.GetValue(json), cancellation);
        });
        return command;
    }

    private static int Run(
        IAnsiConsole results, string path, IImageSource source, Portion portion, bool isJson, CancellationToken cancellation)
    {
        var console = Narration.For(results, isJson);
        var context = new MLContext(portion.Seed);
        using var model = SavedModel.Load(context, path);
        var data = source.Load(context, portion);
        cancellation.ThrowIfCancellationRequested();
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{data.Origin}: {data.TestImages.Count:N0} images to test on{(portion.TestsOnAll ? ", all there are" : "")}, " +
            $"from {data.Location}"));
        FailureReport.PrintOtherKinds(console, data.Failures);
        var (_, metrics) = model.Evaluate(data, TopK);
        var evaluation = Evaluation.Of(metrics, model.ClassNames);
        var failures = data.Failures.ToList();
        if (isJson)
            results.Results().WriteLine(Json.Write(new { model = path, data = data.Location, test = evaluation, unreadable = failures }));
        else
            MetricsReport.Print(console, metrics, model.ClassNames, evaluation.Images);
        return FailureReport.Print(console, failures);
    }
}
