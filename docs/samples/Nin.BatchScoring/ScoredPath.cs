namespace Nin.BatchScoring;

/// <summary>What the model gives.</summary>
public sealed class ScoredPath
{
    /// <summary>Where the image lies.</summary>
    public string Path { get; set; } = "";

    /// <summary>Name of the likeliest class.</summary>
    public string PredictedLabel { get; set; } = "";

    /// <summary>Probability of each class.</summary>
    public float[] Score { get; set; } = [];
}
