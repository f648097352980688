using System.CommandLine;
using Nin.MLNet;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>
/// Counts how often the book's network dies, by kind of death. Trains the same recipe with the same seeds, with and without recovery, in
/// each requested number format.
/// </summary>
internal static class CollapseCommand
{
    /// <summary>Of a smaller image, the windows of the book's network would leave nothing.</summary>
    private const int SmallestSide = 67;

    /// <summary>Channels of the first block of the book's network.</summary>
    private const int FewestChannels = 96;

    public static Command Create(IAnsiConsole console, CancellationToken cancellation)
    {
        var seeds = new Option<int>("--seeds")
        {
            Description = "Trainings per setting, seeds from 1.",
            DefaultValueFactory = _ => 20,
        }.AtLeast(1);
        var rows = new Option<int>("--rows") { Description = "Training images of each.", DefaultValueFactory = _ => 2048 }.AtLeast(1);
        var epochs = new Option<int>("--epochs")
        {
            Description = "Epochs of each.",
            DefaultValueFactory = _ => 10,
        }.Between(1, NumberCheck.MostEpochs);
        var side = new Option<int>("--side")
        {
            Description = "Side in pixels that images are resized to; the book's is 224, a smaller one is faster.",
            DefaultValueFactory = _ => 96,
        }.Between(SmallestSide, 4096);
        var rate = new Option<double>("--rate")
        {
            Description = "Learning rate; the book's is 0.1, a larger one provokes the collapse.",
            DefaultValueFactory = _ => 0.5,
        }.Positive(NumberCheck.HighestRate);
        var narrow = new Option<int>("--narrow")
        {
            Description = "Divisor of the book's channels; a narrower network is faster and collapses as well.",
            DefaultValueFactory = _ => 1,
        }.Between(1, FewestChannels);
        var actions = Several(
            "--action", "What to do about a dead network.", NinTrainer.CollapseAction.Throw, NinTrainer.CollapseAction.Recover);
        var precisions = Several("--precision", "Number formats of the arithmetic.", NinTrainer.Precision.Auto);
        var source = new SourceOptions();
        var command = new DemoCommand(
            "collapse", "How often the book's recipe collapses and why, with the trainer's recovery and without.",
            "collapse --seeds 3", "collapse --rate 0.1 --side 224 --action Throw")
        {
            seeds, rows, epochs, side, rate, narrow, actions, precisions,
        };
        source.AddTo(command);
        command.SetAction(parsed => new CollapseExperiment(console, cancellation)
        {
            Source = source.Read(parsed),
            Seeds = parsed.GetValue(seeds),
            Rows = parsed.GetValue(rows),
            Epochs = parsed.GetValue(epochs),
            Side = parsed.GetValue(side),
            Rate = parsed.GetValue(rate),
            Narrow = parsed.GetValue(narrow),
        }.Run(
            from precision in parsed.GetRequiredValue(precisions)
            from action in parsed.GetRequiredValue(actions)
            select (precision, action)));
        return command;
    }

    private static Option<T[]> Several<T>(string name, string description, params T[] standard) => new(name)
    {
        Description = description,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => standard,
    };
}
