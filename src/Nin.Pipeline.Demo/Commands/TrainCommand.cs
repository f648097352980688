using System.CommandLine;
using Nin.MLNet;
using Nin.Pipeline.Demo.Output;
using Nin.Pipeline.Demo.Training;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>The main job: the default without a command, <c>train</c>, and <c>short</c> for a run on a few images.</summary>
internal static class TrainCommand
{
    // Enough to exercise every part in less than half a minute.
    private const int ShortTrainRows = 2000, ShortTestRows = 1000, ShortEpochs = 2;

    public static Command Create(IAnsiConsole console, CancellationToken cancellation) => Filled(
        new DemoCommand(
            "train", "Trains, evaluates, saves, loads back and predicts; on Fashion-MNIST or on your images.",
            "train --folder photos --out model",
            "train --list images.csv --size 48 --minutes 10 --out model",
            "train --images images-idx3-ubyte.gz --labels labels-idx1-ubyte.gz --epochs 5",
            "train --recipe d2l --rows 2000 --epochs 1",
            "train --folder photos --set HorizontalFlip=On LearningRate=0.1 --json > result.json",
            "train --folder photos --minutes 10     (after mpirun -n 2: on two processes together)"),
        console, settings => settings, cancellation);

    public static Command CreateShort(IAnsiConsole console, CancellationToken cancellation) => Filled(
        new DemoCommand("short", "The same on a small part of the images, for CI.", "short --out model"),
        console, Shorten, cancellation);

    /// <summary>Makes the main job the program's default command.</summary>
    public static void FillRoot(RootCommand root, IAnsiConsole console, CancellationToken cancellation)
    {
        var shortForm = new Option<bool>("--short") { Description = "The same on a small part of the images, for CI." };
        var (options, json) = (new JobOptions(), JsonOption.Create());
        root.Add(shortForm);
        options.AddTo(root);
        options.AddPageTo(root);
        root.Add(json);
        root.SetAction(parsed =>
        {
            var settings = options.Read(parsed) with { IsJson = parsed.GetValue(json) };
            return Run(console, parsed.GetValue(shortForm) ? Shorten(settings) : settings, cancellation);
        });
    }

    private static Command Filled(
        Command command, IAnsiConsole console, Func<JobSettings, JobSettings> change, CancellationToken cancellation)
    {
        var (options, json) = (new JobOptions(), JsonOption.Create());
        options.AddTo(command);
        options.AddPageTo(command);
        command.Add(json);
        command.SetAction(parsed =>
            Run(console, change(options.Read(parsed) with { IsJson = parsed.GetValue(json) }), cancellation));
        return command;
    }

    private static JobSettings Shorten(JobSettings settings) => settings with
    {
        TrainRows = settings.TrainRows ?? ShortTrainRows,
        TestRows = ShortTestRows,
        Epochs = settings.Minutes is null ? settings.Epochs ?? ShortEpochs : null,
    };

    /// <summary>Under mpirun all processes train together; only the first one prints and writes files.</summary>
    private static int Run(IAnsiConsole console, JobSettings settings, CancellationToken cancellation)
    {
        settings = settings with { Ranks = NinDistributed.MpiProcesses > 1 ? NinDistributed.Mpi() : null };
        return settings.IsFirst
            ? new TrainingJob(console, settings, cancellation).Run()
            : new TrainingJob(Narration.Nowhere(), settings with { IsJson = false, LivePort = null }, cancellation).Run();
    }
}
