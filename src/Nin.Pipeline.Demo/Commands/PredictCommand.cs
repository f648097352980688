using System.CommandLine;
using Nin.MLNet;
using Nin.Pipeline.Demo.Output;
using Nin.Pipeline.Demo.Scoring;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>Predicts the classes of image files with a saved model.</summary>
internal static class PredictCommand
{
    public static Command Create(IAnsiConsole console, CancellationToken cancellation)
    {
        var model = ModelArgument.Create();
        var inputs = new Argument<string[]>("images")
        {
            Description = "Image files, and folders of images, sub-folders included.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--out")
        {
            Description = "File to write: CSV, or JSON if its name ends in .json; standard output if left out.",
        };
        var all = new Option<bool>("--all") { Description = "Writes the probability of every class, not only the predicted one's." };
        var mirrors = MirrorImagesOption.Create();
        var json = new Option<bool>("--json") { Description = "JSON instead of CSV." };
        var command = new DemoCommand(
            "predict", "The class of each image file, in the order given, as CSV or JSON.",
            "predict model/nin.zip photos",
            "predict model/nin.zip a.jpg b.png --json",
            "predict model/nin.zip photos --all --out predictions.csv",
            "predict model/nin.zip photos --out predictions.csv     (after mpirun -n 2: shared by two processes)")
        {
            model, inputs, output, all, mirrors, json,
        };
        command.Validators.Add(result =>
        {
            if (NinDistributed.MpiProcesses > 1 &&
                (ToFile(result.GetValue(output)) is not { } path || OutputTarget.IsDevice(OutputTarget.Of(path))))
            {
                result.AddError(
                    "under mpirun, predict needs --out FILE, not a device: beside that file the processes keep what they have finished.");
            }
        });
        command.SetAction(parsed =>
        {
            var path = ToFile(parsed.GetValue(output));
            var settings = new PredictionSettings
            {
                Model = parsed.GetValue(model)!,
                Inputs = parsed.GetValue(inputs)!,
                Output = path,
                IsJson = parsed.GetValue(json) || Path.GetExtension(path ?? "").Equals(".json", StringComparison.OrdinalIgnoreCase),
                HasAll = parsed.GetValue(all),
                MirrorsImages = parsed.GetValue(mirrors),
                Ranks = NinDistributed.MpiProcesses > 1 ? NinDistributed.Mpi() : null,
            };
            return new PredictionJob(console, settings, cancellation).Run();
        });
        return command;
    }

    /// <summary>By name, standard output is what it is without --out.</summary>
    private static string? ToFile(string? output) => output is null || OutputTarget.IsStandardOutput(output) ? null : output;
}
