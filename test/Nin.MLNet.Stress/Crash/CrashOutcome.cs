using System.Globalization;

namespace Nin.MLNet.Stress.Crash;

/// <summary>The outcome of a variant's killed trainings.</summary>
/// <param name="Variant">The training.</param>
/// <param name="Kills">How often it was killed.</param>
/// <param name="KillsInWrites">Kills while a checkpoint was being written: a temporary file stood beside it.</param>
/// <param name="Trainings">Trainings that were resumed to their end.</param>
/// <param name="Failures">Trainings that failed or did not end as they must.</param>
internal sealed record CrashOutcome(string Variant, int Kills, int KillsInWrites, int Trainings, IReadOnlyList<string> Failures)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Variant}: killed {Kills} times, {KillsInWrites} of them during the write of a checkpoint; {Trainings} trainings, " +
        $"{Failures.Count} failed or ended otherwise") + string.Concat(Failures.Select(failure => $"\n  {failure}"));
}
