using System.CommandLine;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>
/// How accurate trainers are with few images: NiN as it comes, from a trained model if one is given, and ML.NET's LightGbm and L-BFGS,
/// each as it comes, on the same images drawn for each seed.
/// </summary>
internal static class SizesCommand
{
    public static Command Create(IAnsiConsole console, CancellationToken cancellation)
    {
        var rows = new Option<int[]>("--rows")
        {
            Description = "Training images, of each class alike.",
            DefaultValueFactory = _ => [100, 300, 1_000, 3_000, 10_000],
            AllowMultipleArgumentsPerToken = true,
        };
        var draws = new Option<int>("--draws") { Description = "Times that they are drawn, seeds from 1.", DefaultValueFactory = _ => 3 };
        var holdOut = new Option<int>("--hold-out") { Description = "Training images to look at instead of the test images." };
        var only = new Option<string?>("--only") { Description = "Trainers whose name contains this alone." };
        var startFrom = StartFromOption.Create();
        var knobs = new Option<string[]>("--set")
        {
            Description = "Knobs of NiN's options other than the recipe's, Name=Value each.",
            AllowMultipleArgumentsPerToken = true,
        };
        var source = new SourceOptions();
        var command = new DemoCommand(
            "sizes", "Accuracy against the number of training images, NiN beside ML.NET's trainers.",
            "sizes", "sizes --folder photos --rows 50 100 200 --start-from fashion-mnist", "sizes --hold-out 10000 --set LabelSmoothing=0")
        {
            rows, draws, holdOut, only, startFrom, knobs,
        };
        source.AddTo(command);
        command.SetAction(parsed => new SizesExperiment(console, cancellation)
        {
            Source = source.Read(parsed),
            Rows = parsed.GetRequiredValue(rows),
            Draws = parsed.GetValue(draws),
            HoldOut = parsed.GetValue(holdOut),
            Only = parsed.GetValue(only),
            StartFrom = parsed.GetValue(startFrom),
            Knobs = parsed.GetValue(knobs) ?? [],
        }.Run());
        return command;
    }
}
