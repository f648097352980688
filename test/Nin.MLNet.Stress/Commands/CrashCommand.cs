using System.CommandLine;
using Nin.MLNet.Stress.Crash;

namespace Nin.MLNet.Stress.Commands;

/// <summary>crash [--kills N] [--seed N] [--variant NAME]; crash-child is the process that it kills.</summary>
internal static class CrashCommand
{
    public static Command Create()
    {
        var kills = new Option<int>("--kills") { Description = "How many, over all variants.", DefaultValueFactory = _ => 50 };
        var seed = new Option<int>("--seed") { Description = "Of the moments.", DefaultValueFactory = _ => 1 };
        var only = new Option<string?>("--variant")
        {
            Description = $"Its share of the kills alone: {string.Join(", ", CrashVariants.Names)}.",
        };
        var crash = new Command("crash", "Trainings killed at drawn moments: each goes on and ends as if nothing had been.")
        {
            kills,
            seed,
            only,
        };
        crash.SetAction(parsed =>
        {
            var names = CrashVariants.Names;
            var outcomes = new List<CrashOutcome>();
            for (var i = 0; i < names.Count; i++)
            {
                if (parsed.GetValue(only) is { } name && name != names[i])
                    continue;
                var share = (parsed.GetValue(kills) + names.Count - 1 - i) / names.Count;
                outcomes.Add(Kills.Run(names[i], share, parsed.GetValue(seed) + i));
                Console.WriteLine(outcomes[^1]);
            }

            Console.WriteLine(
                $"{outcomes.Sum(outcome => outcome.Kills)} kills, {outcomes.Sum(outcome => outcome.Failures.Count)} failures");
            return outcomes.All(outcome => outcome.Failures.Count == 0) ? 0 : 1;
        });
        return crash;
    }

    public static Command CreateChild()
    {
        var variant = new Argument<string>("variant") { Description = string.Join(", ", CrashVariants.Names) };
        var checkpoint = new Option<string>("--checkpoint") { Required = true };
        var weights = new Option<string>("--weights") { Required = true };
        var child = new Command("crash-child", "The training that is killed.") { variant, checkpoint, weights };
        child.SetAction(parsed => CrashChild.Run(
            parsed.GetRequiredValue(variant), parsed.GetRequiredValue(checkpoint), parsed.GetRequiredValue(weights)));
        child.Hidden = true;
        return child;
    }
}
