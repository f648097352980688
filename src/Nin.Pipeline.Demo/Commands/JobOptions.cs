using System.CommandLine;
using Nin.MLNet;
using Nin.Pipeline.Demo.Training;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>The command-line options of all commands that train.</summary>
internal sealed class JobOptions
{
    /// <summary>A year.</summary>
    private const double MostMinutes = 365 * 24 * 60;

    private readonly SourceOptions source = new();
    private readonly Option<Recipe> recipe = new("--recipe")
    {
        Description = "Recipe of the trainer.",
        DefaultValueFactory = _ => Recipe.Fast,
    };
    private readonly Option<int?> epochs = new Option<int?>("--epochs")
    {
        Description = "Passes over the training images; the recipe's if left out.",
    }.Between(1, NumberCheck.MostEpochs);
    private readonly Option<double?> minutes = new Option<double?>("--minutes")
    {
        Description = "Minutes that loading and training may take, whatever the machine. If neither these nor --epochs are given, " +
            "the fast recipe trains for 5 minutes, or, with up to 10,000 images, for 60 epochs and at least 150 steps; seeds trains " +
            "for 10 to 60 epochs.",
    }.Positive(MostMinutes);
    private readonly Option<int> seed = new("--seed") { Description = "Seed of everything random.", DefaultValueFactory = _ => 1 };
    private readonly Option<int?> rows = new Option<int?>("--rows")
    {
        Description = "Training images to take; all if left out.",
    }.AtLeast(1);
    private readonly Option<int?> width = new Option<int?>("--width")
    {
        Description = "Width of the recipe's network, the channels of its second block, at least 8; the recipe's if left out " +
            "(fast: 32, or 16 where the minutes are few).",
    }.AtLeast(8);
    private readonly Option<string?> startFrom = StartFromOption.Create();
    private readonly Option<NinTrainer.Precision> precision = new("--precision")
    {
        Description = "Number format of the arithmetic.",
        DefaultValueFactory = _ => NinTrainer.Precision.Auto,
    };
    private readonly Option<string?> checkpoint = new("--checkpoint")
    {
        Description = "File that stores the state after each epoch; a training that finds it resumes from it.",
    };
    private readonly Option<string[]> knobs = new("--set")
    {
        Description = "Overrides of the recipe's trainer options, each as Name=Value.",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<string> output = new("--out")
    {
        Description = "Folder for what is written.",
        DefaultValueFactory = _ => ".",
    };

    private readonly Option<bool> live = new("--live")
    {
        Description = "Serves a page that shows the running training, on this machine only; its address is printed.",
    };
    private readonly Option<int> port = new Option<int>("--port")
    {
        Description = "Port of the --live page; any free one if left out or 0.",
    }.Between(0, 65535);

    /// <summary>Adds the options to a command, and a check that they fit together.</summary>
    /// <param name="command">The command that gets the options.</param>
    /// <param name="isTraining">Whether the command runs a full training and writes files.</param>
    public void AddTo(Command command, bool isTraining = true)
    {
        source.AddTo(command);
        Option[] always = [recipe, width, startFrom, seed, rows, precision, knobs];
        foreach (var option in isTraining ? [.. always, epochs, minutes, checkpoint, output] : always)
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetResult(epochs) is not null && result.GetResult(minutes) is not null)
                result.AddError("--epochs and --minutes both say how long to train: give one of them.");
        });
    }

    /// <summary>Adds the options of the live page to a command.</summary>
    public void AddPageTo(Command command)
    {
        command.Add(live);
        command.Add(port);
        command.Validators.Add(result =>
        {
            if (result.GetResult(port) is not null && result.GetResult(live) is null)
                result.AddError("--port is that of the --live page: give --live, too.");
        });
    }

    /// <summary>Reads the options from a parsed command line.</summary>
    public JobSettings Read(ParseResult parsed) => new()
    {
        Recipe = parsed.GetValue(recipe),
        Epochs = parsed.GetValue(epochs),
        Minutes = parsed.GetValue(minutes),
        Source = source.Read(parsed),
        Width = parsed.GetValue(width),
        StartFrom = parsed.GetValue(startFrom),
        Seed = parsed.GetValue(seed),
        TrainRows = parsed.GetValue(rows),
        Precision = parsed.GetValue(precision),
        Checkpoint = parsed.GetValue(checkpoint),
        Knobs = parsed.GetValue(knobs) ?? [],
        LivePort = parsed.GetValue(live) ? parsed.GetValue(port) : null,
        OutputDirectory = parsed.GetValue(output) ?? ".",
    };
}
