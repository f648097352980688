using System.CommandLine;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>
/// Measures how accurate trainers are with few images: NiN, starting from a trained model if one is given, and ML.NET's LightGbm and
/// L-BFGS. All run out of the box and, for each seed, on the same drawn images.
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
        }.AtLeast(1);
        var draws = new Option<int>("--draws")
        {
            Description = "Number of draws, with seeds from 1.",
            DefaultValueFactory = _ => 3,
        }.AtLeast(1);
        var holdOut = new Option<int>("--hold-out") { Description = "Training images to hold out and test on instead." }.AtLeast(0);
        var only = new Option<string?>("--only") { Description = "Only trainers whose name contains this." };
        var startFrom = StartFromOption.Create();
        var knobs = new Option<string[]>("--set")
        {
            Description = "Overrides of NiN's options, each as Name=Value.",
            AllowMultipleArgumentsPerToken = true,
        };
        var source = new SourceOptions();
        var command = new DemoCommand(
            "sizes", "Accuracy by number of training images, for NiN and ML.NET's own trainers.",
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
