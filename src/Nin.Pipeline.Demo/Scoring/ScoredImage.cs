namespace Nin.Pipeline.Demo.Scoring;

/// <summary>A model's prediction for one file.</summary>
internal sealed class ScoredImage
{
    public string Path { get; set; } = "";

    /// <summary>Probability of each class.</summary>
    public float[] Score { get; set; } = [];
}
