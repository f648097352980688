namespace Nin.BatchScoring;

/// <summary>The model's input.</summary>
public sealed class ImagePath
{
    /// <summary>Path of the image.</summary>
    public string Path { get; set; } = "";

    /// <summary>A column used in training; empty when predicting.</summary>
    public string Label { get; set; } = "";
}
