using System.CommandLine;
using System.CommandLine.Parsing;
using Nin.MLNet;
using Nin.Pipeline.Demo.Training;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>The command-line options of the main job.</summary>
internal sealed class JobOptions
{
    private readonly Option<Recipe> recipe = new("--recipe")
    {
        Description = "Recipe of the trainer.",
        DefaultValueFactory = _ => Recipe.Fast,
    };
    private readonly Option<int?> epochs = Positive("--epochs", "Passes over the training images; the recipe's if left out.");
    private readonly Option<double?> minutes = new("--minutes")
    {
        Description = "Minutes that loading and training may take, whatever the machine; " +
            "the fast recipe's are 5 if neither these nor --epochs are given.",
    };
    private readonly Option<string?> data = new("--data")
    {
        Description = "Folder of IDX files named as MNIST's, gzip or not; the shipped Fashion-MNIST if left out.",
    };
    private readonly Option<int> seed = new("--seed") { Description = "Seed of everything random.", DefaultValueFactory = _ => 1 };
    private readonly Option<int?> rows = Positive("--rows", "Training images to take, from the first; all if left out.");
    private readonly Option<NinTrainer.Precision> precision = new("--precision")
    {
        Description = "Number format of the arithmetic.",
        DefaultValueFactory = _ => NinTrainer.Precision.Auto,
    };
    private readonly Option<string?> checkpoint = new("--checkpoint")
    {
        Description = "File that keeps the state after each epoch; a training that finds it goes on from there.",
    };
    private readonly Option<string[]> knobs = new("--set")
    {
        Description = "Knobs of the trainer's options other than the recipe's, Name=Value each.",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<string> output = new("--out")
    {
        Description = "Folder for the model and the curves.",
        DefaultValueFactory = _ => ".",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[recipe, epochs, minutes, data, seed, rows, precision, checkpoint, knobs, output])
            command.Add(option);
    }

    /// <summary>Reads them from a parsed command line.</summary>
    public JobSettings Read(ParseResult parsed) => new()
    {
        Recipe = parsed.GetValue(recipe),
        Epochs = parsed.GetValue(epochs),
        Minutes = parsed.GetValue(minutes),
        DataDirectory = parsed.GetValue(data),
        Seed = parsed.GetValue(seed),
        TrainRows = parsed.GetValue(rows),
        Precision = parsed.GetValue(precision),
        Checkpoint = parsed.GetValue(checkpoint),
        Knobs = parsed.GetValue(knobs) ?? [],
        OutputDirectory = parsed.GetValue(output)!,
    };

    private static Option<int?> Positive(string name, string description)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(AtLeastOne(name));
        return option;
    }

    private static Action<OptionResult> AtLeastOne(string name) => result =>
    {
        if (result.Tokens is [var token] && int.TryParse(token.Value, out var value) && value < 1)
            result.AddError($"{name} is {value}: it must be at least 1.");
    };
}
