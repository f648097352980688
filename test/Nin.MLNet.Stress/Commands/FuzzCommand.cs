using System.CommandLine;
using Nin.MLNet.Stress.Fuzzing;

namespace Nin.MLNet.Stress.Commands;

/// <summary>fuzz READER [--inputs N] [--seed TEXT]</summary>
internal static class FuzzCommand
{
    public static Command Create()
    {
        var reader = new Argument<string>("reader") { Description = string.Join(", ", Readers.Names) };
        var inputs = new Option<int>("--inputs") { Description = "How many.", DefaultValueFactory = _ => 1_000_000 };
        var seed = new Option<string?>("--seed") { Description = "The seed that a failure named, to see it again." };
        var fuzz = new Command("fuzz", "Damaged and made-up files: each is read, or refused with the documented exception.")
        {
            reader, inputs, seed,
        };
        fuzz.SetAction(parsed => Console.WriteLine(
            Fuzz.Run(Readers.Of(parsed.GetRequiredValue(reader)), parsed.GetValue(inputs), parsed.GetValue(seed))));
        return fuzz;
    }
}
