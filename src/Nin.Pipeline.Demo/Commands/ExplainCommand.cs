using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Explanations;
using Nin.Pipeline.Demo.Output;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Reports.Html;
using Nin.Pipeline.Demo.Scoring;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>Shows where in each image the network saw the class that it predicted.</summary>
internal static class ExplainCommand
{
    private const int MostImages = 200, TopK = 3;

    public static Command Create(IAnsiConsole console, CancellationToken cancellation)
    {
        var model = ModelArgument.Create();
        var inputs = new Argument<string[]>("images")
        {
            Description = "Image files, and folders of images; not with --worst.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var worst = new Option<int?>("--worst")
        {
            Description = "Instead of files: this many misclassified test images, the most confident first.",
        }.Between(1, MostImages);
        var source = new SourceOptions();
        var seed = TestSeedOption.Create();
        var output = new Option<string>("--out") { Description = "PNG to write.", DefaultValueFactory = _ => "explained.png" };
        var command = new DemoCommand(
            "explain", "A sheet of images with heat maps of what speaks for their class (class activation maps).",
            "explain model/nin.zip photos --out explained.png", "explain nin-fashion-mnist.zip --worst 25")
        {
            model, inputs, worst, seed, output,
        };
        source.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(worst) is null == (result.GetResult(inputs) is not { Tokens.Count: > 0 }))
                result.AddError("Give either image files and folders, or --worst N.");
            else if (result.GetResult(worst) is null && source.Given(result) is { } option)
                result.AddError($"{option} says which test images --worst N chooses from: give that instead of files.");
        });
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(output)!;
            WholeFile.Prepare(path);
            var narration = Narration.For(console, path);
            var context = new MLContext(parsed.GetValue(seed));
            using var loaded = SavedModel.Load(context, parsed.GetValue(model)!);
            var failures = new ReadFailures();
            IEnumerable<ImageRow> rows;
            if (parsed.GetValue(worst) is { } count)
            {
                var data = source.Read(parsed).Load(context, new Portion { Seed = parsed.GetValue(seed) }, narration);
                rows = Worst(loaded, data, count, cancellation);
                failures = data.Failures;
            }
            else
            {
                var files = FilesToScore.Find(parsed.GetValue(inputs)!, failures);
                FailureReport.PrintLeftOut(narration, failures);
                if (files.Count > MostImages)
                    throw new InvalidDataException($"{files.Count} images are more than a sheet of {MostImages} holds: name fewer.");
                rows = FilesToScore.Rows(files, failures, cancellation);
            }

            return Draw(narration, context, loaded, rows, failures, path, cancellation);
        });
        return command;
    }

    private static int Draw(
        IAnsiConsole console, MLContext context, SavedModel model, IEnumerable<ImageRow> rows, ReadFailures failures, string output,
        CancellationToken cancellation)
    {
        var explained = Explainer.Explain(context, model.Nin, model.Score(rows)).ToList();
        cancellation.ThrowIfCancellationRequested();
        if (explained.Count == 0)
            throw NothingToExplain(failures.ToList());
        WholeFile.Write(output, file => file.Write(ExplanationSheet.Draw(explained)));
        foreach (var image in explained)
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{image.TakenFor} {image.Probability:0.0 %}{(image.Truth.Length > 0 ? $", is {image.Truth}" : "")}  {image.Name}"));
        console.WriteLine($"sheet   {Path.GetFullPath(output)}");
        FailureReport.Print(console, failures.ToList());
        return failures.Count > 0 ? ExitCode.SomeUnreadable : ExitCode.Done;
    }

    private static InvalidDataException NothingToExplain(IReadOnlyList<ReadFailure> failures) => new(
        "There is no image to explain." + (failures is [var first, ..]
            ? string.Create(
                CultureInfo.InvariantCulture, $" {failures.Count:N0} file(s) could not be read, the first {first.Path}: {first.Reason}.")
            : ""));

    private static IEnumerable<ImageRow> Worst(SavedModel model, DataSet data, int count, CancellationToken cancellation)
    {
        var (scored, _) = model.Evaluate(data, TopK, cancellation);
        var failures = data.Failures.ToList().Select(failure => failure.Path);
        var worst = Mistakes.Rows(data.TestImages, failures, ScoredImages.Of(scored, model.Nin.FeatureColumnName)).Take(count);
        return data.TestImages.Some([.. worst.Select(mistake => mistake.Row)]);
    }
}
