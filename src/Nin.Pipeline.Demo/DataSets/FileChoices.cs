namespace Nin.Pipeline.Demo.DataSets;

/// <summary>The user's choices for image files.</summary>
internal sealed record FileChoices
{
    /// <summary>Side that images are resized to, in pixels; null: their own if they all share one of at most 64, else 64.</summary>
    public int? Size { get; init; }

    /// <summary>1 to read the brightness, 3 the colours; null: as the images are.</summary>
    public int? Channels { get; init; }

    /// <summary>Share of each class to test on.</summary>
    public double TestShare { get; init; } = 0.2;
}
