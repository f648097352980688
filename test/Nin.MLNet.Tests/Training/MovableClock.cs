namespace Nin.MLNet.Tests.Training;

/// <summary>Stands still until moved, or moves each time it is read; the first readings may take longer.</summary>
internal sealed class MovableClock : TimeProvider
{
    private long ticks, readings;

    public TimeSpan PerReading { get; init; }

    public (int Readings, TimeSpan Each) SlowStart { get; init; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => ticks += (readings++ < SlowStart.Readings ? SlowStart.Each : PerReading).Ticks;

    public void Move(TimeSpan time) => ticks += time.Ticks;
}
