namespace Nin.MLNet;

/// <summary>The rows whose highest score is above <paramref name="From"/> and at most <paramref name="To"/>.</summary>
/// <param name="From">Lower end, 0 to 1.</param>
/// <param name="To">Upper end, 0 to 1.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="Confidence">Mean of their highest scores, 0 to 1; NaN if there are no rows.</param>
/// <param name="Accuracy">Share of them whose class is the one with the highest score, 0 to 1; NaN if there are no rows.</param>
public sealed record NinCalibrationBin(double From, double To, long Count, double Confidence, double Accuracy);
