using System.CommandLine;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Training;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>Draws the history that a saved model carries, long after its training.</summary>
internal static class CurvesCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var model = new Argument<FileInfo>("model") { Description = "A model zip of the demo's." };
        var output = new Option<string>("--out") { Description = "Page to write.", DefaultValueFactory = _ => "training-curves.html" };
        var command = new Command("curves", "Draws loss and accuracy per epoch of a saved model.") { model, output };
        command.SetAction(parsed => Run(console, parsed.GetValue(model)!, parsed.GetValue(output)!));
        return command;
    }

    private static void Run(IAnsiConsole console, FileInfo zip, string output)
    {
        using var model = (TransformerChain<ITransformer>)new MLContext().Model.Load(zip.FullName, out _);
        var nin = model.OfType<NinTransformer>().Single().Model;
        var isBooks = nin.Architecture == NinArchitecture.D2L(nin.Architecture.InputChannels, nin.Architecture.Classes);
        TrainingCurves.Write(nin.History, zip.Name, output, isBooks ? TrainingCurves.BooksRange : null);
        foreach (var epoch in nin.History)
            console.WriteLine(TrainingProgress.Describe(epoch, nin.History.Count, "test"));
        console.WriteLine($"curves  {Path.GetFullPath(output)}");
    }
}
