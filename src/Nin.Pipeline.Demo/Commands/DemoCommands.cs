using System.CommandLine;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Training;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>The command line: what can be asked of the demo.</summary>
internal static class DemoCommands
{
    /// <summary>Minutes of the main job where nothing else is asked for.</summary>
    private const double MainJobMinutes = 5;

    // Enough to see every part work, in less than half a minute.
    private const int ShortTrainRows = 2000, ShortTestRows = 1000, ShortEpochs = 2;

    public static RootCommand Create(IAnsiConsole console, CancellationToken cancellation)
    {
        var shortForm = new Option<bool>("--short") { Description = "The same over a small part of the images, for CI." };
        var options = new JobOptions();
        var root = new RootCommand(
            "Trains a Network in Network on Fashion-MNIST inside ML.NET, evaluates it, saves it, loads it back and predicts.")
        {
            shortForm,
        };
        options.AddTo(root);
        root.SetAction(parsed =>
            Run(console, parsed.GetValue(shortForm) ? Shorten(options.Read(parsed)) : options.Read(parsed), cancellation));
        root.Add(Job("train", "The main job with another recipe or other data.", console, settings => settings, cancellation));
        root.Add(Job("short", "The main job over a small part of the images, for CI.", console, Shorten, cancellation));
        root.Add(Summary(console));
        root.Add(SeedsCommand.Create(console, cancellation));
        root.Add(CompareCommand.Create(console, cancellation));
        root.Add(CollapseCommand.Create(console, cancellation));
        root.Add(CurvesCommand.Create(console));
        return root;
    }

    private static Command Job(
        string name, string description, IAnsiConsole console, Func<JobSettings, JobSettings> change, CancellationToken cancellation)
    {
        var options = new JobOptions();
        var command = new Command(name, description);
        options.AddTo(command);
        command.SetAction(parsed => Run(console, change(options.Read(parsed)), cancellation));
        return command;
    }

    private static Command Summary(IAnsiConsole console)
    {
        var command = new Command("summary", "The book's network, layer by layer, and its cost beside AlexNet's and VGG-11's.");
        command.SetAction(_ => SummaryReport.Print(console));
        return command;
    }

    private static JobSettings Shorten(JobSettings settings) => settings with
    {
        TrainRows = settings.TrainRows ?? ShortTrainRows,
        TestRows = ShortTestRows,
        Epochs = settings.Epochs ?? ShortEpochs,
    };

    private static void Run(IAnsiConsole console, JobSettings settings, CancellationToken cancellation)
    {
        var isOpen = settings is { Recipe: Recipe.Fast, Epochs: null, Minutes: null };
        new TrainingJob(console, isOpen ? settings with { Minutes = MainJobMinutes } : settings, cancellation).Run();
    }
}
