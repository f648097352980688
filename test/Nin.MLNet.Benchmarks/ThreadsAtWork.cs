using System.Globalization;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// Counts the threads of this process that really work, whatever library they belong to: those that use at least a fifth of the
/// busiest one's processor time. The runtime's own (compiler, collector) stay far below that during a measurement.
/// </summary>
internal sealed class ThreadsAtWork
{
    private const double Share = 0.2;
    private readonly Dictionary<string, long> before = Ticks();

    /// <summary>The number of threads that have worked since this object was created.</summary>
    public int Count() => Count([.. Ticks().Select(thread => thread.Value - before.GetValueOrDefault(thread.Key))]);

    /// <summary>The same for given processor times.</summary>
    public static int Count(IReadOnlyList<long> spent) => spent.Count(ticks => ticks > 0 && ticks >= Share * spent.Max());

    /// <summary>User and system time of one line of /proc/self/task/*/stat: the 12th and 13th field after the name in brackets.</summary>
    public static long Ticks(string stat)
    {
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }

    private static Dictionary<string, long> Ticks()
    {
        var ticks = new Dictionary<string, long>();
        foreach (var thread in Directory.GetDirectories("/proc/self/task"))
        {
            try
            {
                ticks[thread] = Ticks(File.ReadAllText(Path.Combine(thread, "stat")));
            }
            catch (IOException)
            {
                // It ended in the meantime.
            }
        }

        return ticks;
    }
}
