using System.Globalization;

namespace Nin.MLNet.Stress.Crash;

/// <summary>What became of the killed trainings of a variant.</summary>
/// <param name="Variant">The training.</param>
/// <param name="Kills">How often it was killed.</param>
/// <param name="KillsInWrites">Of these, while a checkpoint was being written: a file of its own stood beside it.</param>
/// <param name="Trainings">Trainings that came to their end all the same.</param>
/// <param name="Failures">Those that did not end as they must, or failed.</param>
internal sealed record CrashOutcome(string Variant, int Kills, int KillsInWrites, int Trainings, IReadOnlyList<string> Failures)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Variant}: killed {Kills} times, {KillsInWrites} of them during the write of a checkpoint; {Trainings} trainings, " +
        $"{Failures.Count} failed or ended otherwise") + string.Concat(Failures.Select(failure => $"\n  {failure}"));
}
