namespace Nin.BatchScoring;

/// <summary>The model's input.</summary>
public sealed class ImagePath
{
    /// <summary>Whole path of the image.</summary>
    public string Path { get; set; } = "";

    /// <summary>Its path as it is shown.</summary>
    public string Given { get; set; } = "";

    /// <summary>A column used in training; empty when predicting.</summary>
    public string Label { get; set; } = "";
}
