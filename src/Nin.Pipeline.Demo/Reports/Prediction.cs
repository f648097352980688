namespace Nin.Pipeline.Demo.Reports;

/// <summary>The saved model's prediction for one image.</summary>
internal sealed class Prediction
{
    /// <summary>Name of the most probable class.</summary>
    public string PredictedLabel { get; set; } = "";

    /// <summary>Probability of each class.</summary>
    public float[] Score { get; set; } = [];
}
