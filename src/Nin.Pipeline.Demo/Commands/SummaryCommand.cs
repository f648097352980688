using System.CommandLine;
using Microsoft.ML;
using Nin.MLNet;
using Nin.Pipeline.Demo.Output;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Scoring;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>Shows the book's network, or that of a saved model, layer by layer.</summary>
internal static class SummaryCommand
{
    /// <summary>The side of the book's images, in pixels.</summary>
    private const int BooksSide = 224;

    public static Command Create(IAnsiConsole console)
    {
        var model = ModelArgument.Create();
        model.Arity = ArgumentArity.ZeroOrOne;
        var json = JsonOption.Create();
        var command = new DemoCommand(
            "summary", "The book's network, layer by layer, and its cost beside AlexNet's and VGG-11's; or a saved model's.",
            "summary", "summary model/nin.zip", "summary model/nin.zip --json")
        {
            model, json,
        };
        command.SetAction(parsed =>
        {
            var isJson = parsed.GetValue(json);
            if (parsed.GetValue(model) is { } path)
                OfModel(console, path, isJson);
            else if (isJson)
                Write(console, NinArchitecture.D2L().Summarize(BooksSide, BooksSide), null, null);
            else
                SummaryReport.Print(console);
            return ExitCode.Done;
        });
        return command;
    }

    private static void OfModel(IAnsiConsole console, string path, bool isJson)
    {
        using var model = SavedModel.Load(new MLContext(), path);
        var parameters = model.Nin.Model;
        var shape = parameters.ImageLayout.Shape;
        var (height, width) = parameters.ResizeTo is { } side ? (side, side) : (shape.Height, shape.Width);
        var summary = parameters.Architecture.Summarize(height, width);
        if (isJson)
            Write(console, summary, model.ClassNames, parameters.History);
        else
            SummaryReport.Print(console, parameters, summary, (height, width));
    }

    private static void Write(
        IAnsiConsole console, NinSummary summary, IReadOnlyList<string>? classes, IReadOnlyList<NinEpoch>? epochs) =>
        console.Results().WriteLine(Json.Write(
            new { summary.Parameters, summary.MultiplyAdds, layers = summary.Rows, classes, epochs }));
}
