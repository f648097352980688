using System.Diagnostics;

namespace Nin.MLNet.Benchmarks;

/// <summary>The figures of one contender's run and the number of threads it really used.</summary>
internal sealed record Measured(int Threads, IReadOnlyList<double> Figures)
{
    public double Median => Statistics.Median(Figures);

    /// <summary>
    /// Images/s of each pass that begins within the given seconds, at least one pass; before that, passes for as long warm up.
    /// </summary>
    public static Measured Rates(int images, Action pass, double seconds = 3)
    {
        _ = For(seconds);
        var atWork = new ThreadsAtWork();
        var rates = For(seconds);
        return new Measured(atWork.Count(), rates);

        List<double> For(double limit)
        {
            var found = new List<double>();
            for (var all = Stopwatch.StartNew(); found.Count == 0 || all.Elapsed.TotalSeconds < limit;)
            {
                var start = Stopwatch.GetTimestamp();
                pass();
                found.Add(images / Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            return found;
        }
    }
}
