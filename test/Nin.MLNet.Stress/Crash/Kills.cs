using System.Diagnostics;
using System.Globalization;

namespace Nin.MLNet.Stress.Crash;

/// <summary>
/// Kills trainings and resumes them: each must end with the weights of an undisturbed training, to the last bit. With a time budget,
/// where the clock decides, the total time used must match the budget.
/// </summary>
internal static class Kills
{
    /// <summary>After this many kills a training may finish, so that there are final results to check.</summary>
    private const int KillsATraining = 5;

    /// <summary>After this many trainings for each kill it gives up: nearly all have ended before their kill.</summary>
    private const int MostTrainingsAKill = 20;

    /// <param name="variant">One of <see cref="CrashVariants.Names"/>.</param>
    /// <param name="kills">How often to kill; every second kill comes while a checkpoint is written.</param>
    /// <param name="seed">Seed of the random moments.</param>
    public static CrashOutcome Run(string variant, int kills, int seed)
    {
        var folder = Directory.CreateTempSubdirectory("nin-crash-");
        try
        {
            return Run(variant, kills, new Random(seed), folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static CrashOutcome Run(string variant, int kills, Random random, string folder)
    {
        var (undisturbed, weights) = (Path.Combine(folder, "undisturbed"), Path.Combine(folder, "weights"));
        var clock = Stopwatch.StartNew();
        using (var child = new ChildRun(variant, Path.Combine(folder, "first"), undisturbed))
            child.WaitForEnd();
        var (duration, expected) = (clock.Elapsed, File.ReadAllBytes(undisturbed));
        var (done, inWrites, trainings, failures) = (0, 0, 0, new List<string>());
        while (done < kills && trainings < MostTrainingsAKill * kills)
        {
            var place = Directory.CreateDirectory(Path.Combine(folder, $"training {trainings}")).FullName;
            var checkpoint = Path.Combine(place, "checkpoint");
            for (var i = 0; i < KillsATraining && done < kills; i++)
            {
                using var child = new ChildRun(variant, checkpoint, weights);
                var inWrite = done % 2 == 1;
                var wasWriting = inWrite ? WaitForAWrite(child, place, random) : WaitAWhile(child, duration, random);
                if (!child.Kill())
                    break;
                done++;
                inWrites += wasWriting ? 1 : 0;
            }

            trainings++;
            if (Finish(variant, checkpoint, weights, expected) is { } failure)
                failures.Add(failure);
        }

        if (done < kills)
            failures.Add($"only {done} of {kills} kills came before the end of a training");
        return new CrashOutcome(variant, done, inWrites, trainings, failures);
    }

    /// <summary>What is wrong with the result of a training that was killed before; null: nothing.</summary>
    private static string? Finish(string variant, string checkpoint, string weights, byte[] expected)
    {
        try
        {
            File.Delete(weights);
            using var last = new ChildRun(variant, checkpoint, weights);
            var seconds = double.Parse(last.WaitForEnd().Split(' ')[^1], CultureInfo.InvariantCulture);
            if (variant != CrashVariants.TimeBudget)
                return File.ReadAllBytes(weights).AsSpan().SequenceEqual(expected) ? null : "ended with other weights";
            var share = seconds / CrashVariants.Budget.TotalSeconds;
            return share is > 0.8 and < 1.4 ? null : FormattableString.Invariant($"took {share:F2} of its time budget");
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }

    private static bool WaitAWhile(ChildRun child, TimeSpan duration, Random random)
    {
        var (until, clock) = (random.NextDouble() * duration, Stopwatch.StartNew());
        while (clock.Elapsed < until && !child.HasEnded)
            Thread.Sleep(1);
        return false;
    }

    /// <summary>Waits until a temporary file stands beside the checkpoint; skips a random number of such files first.</summary>
    private static bool WaitForAWrite(ChildRun child, string folder, Random random)
    {
        var passes = random.Next(4);
        var last = "";
        while (!child.HasEnded)
        {
            if (Directory.EnumerateFiles(folder, "*.tmp").FirstOrDefault() is not { } file || file == last)
            {
                // The child needs the cores more than this process does.
                Thread.Sleep(1);
                continue;
            }

            last = file;
            if (passes-- == 0)
                return true;
        }

        return false;
    }
}
