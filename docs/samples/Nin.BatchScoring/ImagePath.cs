namespace Nin.BatchScoring;

/// <summary>What the model is given.</summary>
public sealed class ImagePath
{
    /// <summary>Where the image lies.</summary>
    public string Path { get; set; } = "";

    /// <summary>The training's column, which a prediction leaves empty.</summary>
    public string Label { get; set; } = "";
}
