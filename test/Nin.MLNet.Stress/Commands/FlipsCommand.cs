using System.CommandLine;
using Nin.MLNet.Stress.Flips;

namespace Nin.MLNet.Stress.Commands;

/// <summary>flips FILE [--flips N] [--seed N]</summary>
internal static class FlipsCommand
{
    private const int AllBits = 8;

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = string.Join(", ", FlipTargets.Names) };
        var drawn = new Option<int>("--flips") { Description = "Bits at drawn places.", DefaultValueFactory = _ => 10_000 };
        var seed = new Option<int>("--seed") { Description = "Of the places.", DefaultValueFactory = _ => 1 };
        var flips = new Command("flips", "A single bit flipped, each of the headers' and drawn ones: refused, or read as before.")
        {
            file, drawn, seed,
        };
        flips.SetAction(parsed =>
        {
            var outcome = BitFlips.Run(
                FlipTargets.Of(parsed.GetRequiredValue(file)), AllBits, headerStep: 1, parsed.GetValue(drawn), parsed.GetValue(seed));
            Console.WriteLine(outcome);
            return outcome.Wrong.Count == 0 ? 0 : 1;
        });
        return flips;
    }
}
