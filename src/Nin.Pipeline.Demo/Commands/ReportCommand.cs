using System.CommandLine;
using Microsoft.ML;
using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Explanations;
using Nin.Pipeline.Demo.Output;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Reports.Html;
using Nin.Pipeline.Demo.Scoring;
using Nin.Pipeline.Demo.Training;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>Writes the report of a saved model, long after its training.</summary>
internal static class ReportCommand
{
    private const int TopK = 3;

    /// <summary>What a model says of the images that it was evaluated on after each epoch: not which they were.</summary>
    private const string HeldOut = "validation";

    public static Command Create(IAnsiConsole console, CancellationToken cancellation)
    {
        var model = ModelArgument.Create();
        var source = new SourceOptions();
        var seed = TestSeedOption.Create();
        var output = new Option<string>("--out") { Description = "Page to write.", DefaultValueFactory = _ => "report.html" };
        var command = new DemoCommand(
            "report", "An HTML report on a saved model: how it learnt, what it confuses, how reliable its probabilities are.",
            "report nin-fashion-mnist.zip --out report.html", "report model/nin.zip --folder photos")
        {
            model, seed, output,
        };
        source.AddTo(command);
        command.SetAction(parsed => Run(
            console, parsed.GetValue(model)!, source.Read(parsed), new Portion { Seed = parsed.GetValue(seed) },
            parsed.GetValue(output)!, cancellation));
        return command;
    }

    private static int Run(
        IAnsiConsole standard, string path, AnnouncedSource source, Portion portion, string output, CancellationToken cancellation)
    {
        WholeFile.Prepare(output);
        var console = Narration.For(standard, output);
        var context = new MLContext(portion.Seed);
        using var model = SavedModel.Load(context, path);
        var nin = model.Nin.Model;
        foreach (var epoch in nin.History)
            console.WriteLine(TrainingProgress.Describe(epoch, nin.History.Count, HeldOut));
        var data = source.Load(context, portion, console);
        var (scored, metrics) = model.Evaluate(data, TopK, cancellation);
        var isBooks = nin.Architecture == NinArchitecture.D2L(nin.Architecture.InputChannels, nin.Architecture.Classes);
        var report = TrainingReport.Of(
            $"Network in Network, {Path.GetFileName(path)}", nin, isBooks && data.IsFashion ? TrainingFigures.BooksRange : null,
            [("model", Path.GetFullPath(path)), ("data", data.Location), .. TrainingReport.Machine()]);
        ReportPage.Write(
            (report with { HeldOut = HeldOut }).With(
                scored, model.Nin.FeatureColumnName, Evaluation.Of(metrics, model.ClassNames), data,
                rows => nin.ImageLayout.IsImage ? [] : Explainer.Explain(context, model.Nin, model.Score(rows))),
            output);
        console.WriteLine($"report  {Path.GetFullPath(output)}");
        var failures = data.Failures.ToList();
        FailureReport.Print(console, failures);
        return failures.Count > 0 ? ExitCode.SomeUnreadable : ExitCode.Done;
    }
}
