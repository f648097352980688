namespace Nin.BatchScoring;

/// <summary>The model's output.</summary>
public sealed class ScoredPath
{
    /// <summary>Path of the image.</summary>
    public string Given { get; set; } = "";

    /// <summary>Name of the most likely class.</summary>
    public string PredictedLabel { get; set; } = "";

    /// <summary>Probability of each class.</summary>
    public float[] Score { get; set; } = [];
}
