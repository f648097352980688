namespace Nin.Pipeline.Demo.Scoring;

/// <summary>What a model says of one file.</summary>
internal sealed class ScoredImage
{
    public string Path { get; set; } = "";

    /// <summary>Probability of each class.</summary>
    public float[] Score { get; set; } = [];
}
