using System.CommandLine;
using Microsoft.ML;
using Nin.MLNet;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Scoring;
using Nin.Pipeline.Demo.Training;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>Draws the history that a saved model carries, long after its training.</summary>
internal static class CurvesCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var model = ModelArgument.Create();
        var output = new Option<string>("--out") { Description = "Page to write.", DefaultValueFactory = _ => "training-curves.html" };
        var command = new DemoCommand(
            "curves", "Draws loss and accuracy per epoch of a saved model.", "curves model/nin.zip --out curves.html")
        {
            model, output,
        };
        command.SetAction(parsed => Run(console, parsed.GetValue(model)!, parsed.GetValue(output)!));
        return command;
    }

    private static void Run(IAnsiConsole console, string path, string output)
    {
        using var model = SavedModel.Load(new MLContext(), path);
        var nin = model.Nin.Model;
        var isBooks = nin.Architecture == NinArchitecture.D2L(nin.Architecture.InputChannels, nin.Architecture.Classes);
        TrainingCurves.Write(nin.History, Path.GetFileName(path), output, isBooks ? TrainingCurves.BooksRange : null);
        foreach (var epoch in nin.History)
            console.WriteLine(TrainingProgress.Describe(epoch, nin.History.Count, "test"));
        console.WriteLine($"curves  {Path.GetFullPath(output)}");
    }
}
