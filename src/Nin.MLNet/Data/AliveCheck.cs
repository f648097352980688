using System.Diagnostics;

namespace Nin.MLNet.Data;

/// <summary>Asks the host whether to continue, but only as often as a waiting user would notice.</summary>
/// <param name="checkAlive">Throws to stop.</param>
internal sealed class AliveCheck(Action checkAlive)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private long? last;

    /// <summary>Asks at the first call, and then whenever at least 50 ms have passed since it last asked.</summary>
    public void Check()
    {
        if (last is { } time && Stopwatch.GetElapsedTime(time) < Interval)
            return;
        checkAlive();
        last = Stopwatch.GetTimestamp();
    }
}
