using Microsoft.ML;
using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Reports;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Training;

/// <summary>What the user asked for on the command line.</summary>
internal sealed record JobSettings
{
    public Recipe Recipe { get; init; } = Recipe.Fast;

    /// <summary>Width of the recipe's network, the channels of its second block; null: the recipe's.</summary>
    public int? Width { get; init; }

    /// <summary>The model to start from: the name of one that ships with the demo, or a zip; null: none.</summary>
    public string? StartFrom { get; init; }

    /// <summary>Passes over the training images; null: the recipe's.</summary>
    public int? Epochs { get; init; }

    /// <summary>Maximum training time in minutes; null: the recipe's epochs, or five minutes for the main job.</summary>
    public double? Minutes { get; init; }

    /// <summary>Where the images come from.</summary>
    public required AnnouncedSource Source { get; init; }

    /// <summary>Training images to take; null: all.</summary>
    public int? TrainRows { get; init; }

    /// <summary>Test images to take; null: all.</summary>
    public int? TestRows { get; init; }

    public int Seed { get; init; } = 1;

    public NinTrainer.Precision Precision { get; init; }

    /// <summary>File from which an interrupted training resumes; null: none.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Knobs that differ from the recipe's, each as Name=Value.</summary>
    public IReadOnlyList<string> Knobs { get; init; } = [];

    /// <summary>Folder for the model and the report.</summary>
    public string OutputDirectory { get; init; } = ".";

    /// <summary>Port of a live page about the training, 0 for any free port; null: no page.</summary>
    public int? LivePort { get; init; }

    /// <summary>The processes that mpirun started to train together; null: only this one.</summary>
    public IReplicaGroup? Ranks { get; init; }

    /// <summary>Whether this process reports progress and writes the results.</summary>
    public bool IsFirst => Ranks is null or { Rank: 0 };

    /// <summary>Whether the result is wanted as JSON.</summary>
    public bool IsJson { get; init; }

    /// <summary>The images that these settings ask for.</summary>
    public DataSet Load(MLContext context, IAnsiConsole console, int holdOut = 0) => Source.Load(
        context, new Portion { TrainRows = TrainRows, TestRows = TestRows, HoldOut = holdOut, Seed = Seed }, console);
}
