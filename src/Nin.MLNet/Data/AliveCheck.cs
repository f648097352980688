using System.Diagnostics;

namespace Nin.MLNet.Data;

/// <summary>Asks the host whether to go on, but only as often as a waiting user would notice.</summary>
/// <param name="checkAlive">Throws to stop.</param>
internal sealed class AliveCheck(Action checkAlive)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private long? last;

    /// <summary>Asks at the first call, and then where 50 ms or more have passed since it last asked.</summary>
    public void Check()
    {
        if (last is { } time && Stopwatch.GetElapsedTime(time) < Interval)
            return;
        checkAlive();
        last = Stopwatch.GetTimestamp();
    }
}
