namespace Nin.MLNet.Tests.Training;

/// <summary>Stands still until moved, or moves each time it is read.</summary>
internal sealed class MovableClock : TimeProvider
{
    private long ticks;

    public TimeSpan PerReading { get; init; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => ticks += PerReading.Ticks;

    public void Move(TimeSpan time) => ticks += time.Ticks;
}
