using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Output;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Scoring;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>Measures how well a saved model does on test images.</summary>
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
            Description = "Evaluates on every image of the source, its training images too; the model must not have been trained on them.",
        };
        var mirrors = MirrorImagesOption.Create();
        var json = JsonOption.Create();
        var command = new DemoCommand(
            "evaluate", "A saved model's accuracy, log-loss, precision, recall and confusions on test images.",
            "evaluate nin-fashion-mnist.zip",
            "evaluate model/nin.zip --folder photos",
            "evaluate model/nin.zip --folder other-photos --all --json > evaluation.json")
        {
            model, seed, all, mirrors, json,
        };
        source.AddTo(command);
        command.SetAction(parsed =>
        {
            var portion = new Portion { Seed = parsed.GetValue(seed), TestsOnAll = parsed.GetValue(all) };
            var context = new MLContext(portion.Seed);
            using var loaded = SavedModel.Load(context, parsed.GetValue(model)!);
            loaded.Nin.ScoringMirrorImages = parsed.GetValue(mirrors);
            var isJson = parsed.GetValue(json);
            var data = source.Read(parsed).Load(context, portion, Narration.For(console, isJson));
            return Run(console, parsed.GetValue(model)!, loaded, data, portion.TestsOnAll, isJson, cancellation);
        });
        return command;
    }

    private static int Run(
        IAnsiConsole results, string path, SavedModel model, DataSet data, bool testsOnAll, bool isJson, CancellationToken cancellation)
    {
        var console = Narration.For(results, isJson);
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{data.Origin}: {data.TestImages.Count:N0} images to test on{(testsOnAll ? ", all there are" : "")}, " +
            $"from {data.Location}"));
        var (_, metrics) = model.Evaluate(data, TopK, cancellation);
        var evaluation = Evaluation.Of(metrics, model.ClassNames);
        var failures = data.Failures.ToList();
        if (isJson)
            results.Results().WriteLine(Json.Write(new { model = path, data = data.Location, test = evaluation, unreadable = failures }));
        else
            MetricsReport.Print(console, metrics, model.ClassNames, evaluation.Images);
        return FailureReport.Print(console, failures);
    }
}
