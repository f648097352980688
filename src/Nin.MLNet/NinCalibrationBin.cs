namespace Nin.MLNet;

/// <summary>The rows whose greatest score lies above <paramref name="From"/> and is at most <paramref name="To"/>.</summary>
/// <param name="From">Lower end, 0 to 1.</param>
/// <param name="To">Upper end, 0 to 1.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="Confidence">Mean of their greatest scores, 0 to 1; NaN without a row.</param>
/// <param name="Accuracy">Share of them whose class is that of the greatest score, 0 to 1; NaN without a row.</param>
public sealed record NinCalibrationBin(double From, double To, long Count, double Confidence, double Accuracy);
