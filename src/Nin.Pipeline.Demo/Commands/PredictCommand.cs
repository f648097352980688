using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Output;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Scoring;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>What a saved model says of image files.</summary>
internal static class PredictCommand
{
    public static Command Create(IAnsiConsole console, CancellationToken cancellation)
    {
        var model = ModelArgument.Create();
        var inputs = new Argument<string[]>("images")
        {
            Description = "Image files, and folders whose images are taken, those of sub-folders too.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--out")
        {
            Description = "File to write, CSV, or JSON if it is called .json; standard output if left out.",
        };
        var all = new Option<bool>("--all") { Description = "The probability of every class instead of the predicted one's alone." };
        var json = new Option<bool>("--json") { Description = "JSON instead of CSV." };
        var command = new DemoCommand(
            "predict", "The class of each image file, in the order given, as CSV or JSON.",
            "predict model/nin.zip photos",
            "predict model/nin.zip a.jpg b.png --json",
            "predict model/nin.zip photos --all --out predictions.csv")
        {
            model, inputs, output, all, json,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(output);
            var isJson = parsed.GetValue(json) || Path.GetExtension(path ?? "").Equals(".json", StringComparison.OrdinalIgnoreCase);
            var form = new Form(parsed.GetValue(model)!, isJson, parsed.GetValue(all));
            return Run(console, form, parsed.GetValue(inputs)!, path, cancellation);
        });
        return command;
    }

    private static int Run(IAnsiConsole results, Form form, string[] inputs, string? path, CancellationToken cancellation)
    {
        var console = path is null ? Narration.OnErrorStream() : results;
        if (path is not null)
            WholeFile.PrepareFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var failures = new ReadFailures();
        var files = FilePredictor.Find(inputs, failures);
        var context = new MLContext();
        using var model = SavedModel.Load(context, form.Model);
        if (path is null)
            Write(results.Results());
        else
            WholeFile.WriteText(path, Write);

        FailureReport.PrintOtherKinds(console, failures);
        var code = FailureReport.Print(console, failures.ToList());
        var where = path is null ? "" : $", in {Path.GetFullPath(path)}";
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{files.Count - failures.Count:N0} of {files.Count:N0} file(s) predicted{where}"));
        return code;

        void Write(TextWriter output) => WithBar(console, files.Count, advance =>
        {
            IPredictionWriter writer = form.IsJson
                ? new JsonPredictions(output, form.Model, model.ClassNames, form.HasAll)
                : new CsvPredictions(output, model.ClassNames, form.HasAll);
            foreach (var image in FilePredictor.Run(context, model, files, failures, cancellation))
            {
                writer.Write(image);
                advance();
            }

            writer.End(failures.ToList());
        });
    }

    private static void WithBar(IAnsiConsole console, int count, Action<Action> work)
    {
        if (!console.HasBars())
        {
            work(() => { });
            return;
        }

        console.Progress().AutoClear(true).Start(bars =>
        {
            var bar = bars.AddTask("predicting", maxValue: count);
            work(() => bar.Increment(1));
        });
    }

    private sealed record Form(string Model, bool IsJson, bool HasAll);
}
