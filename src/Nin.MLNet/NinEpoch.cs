namespace Nin.MLNet;

/// <summary>What one epoch came to: one entry of the history.</summary>
/// <param name="Epoch">Number of the epoch, from 1.</param>
/// <param name="TrainLoss">Mean cross-entropy over the epoch's training images as they were met, in nats; with label smoothing, against the smoothed targets, which keeps it well above 0 and above the validation loss.</param>
/// <param name="TrainAccuracy">Share of the epoch's training images classified right as they were met, augmented and under dropout, in [0, 1].</param>
/// <param name="ValidationLoss">Mean cross-entropy over the whole validation set behind the epoch, in nats; null without one.</param>
/// <param name="ValidationAccuracy">Share of the whole validation set classified right behind the epoch, in [0, 1]; null without one.</param>
/// <param name="LearningRate">Learning rate of the epoch's last step.</param>
/// <param name="GradientNorm">Mean Euclidean norm of the gradient over the epoch's steps, before clipping.</param>
/// <param name="ImagesPerSecond">Training images per second, validation not counted.</param>
/// <param name="Seconds">Seconds the epoch took, validation included.</param>
public sealed record NinEpoch(
    int Epoch,
    double TrainLoss,
    double TrainAccuracy,
    double? ValidationLoss,
    double? ValidationAccuracy,
    double LearningRate,
    double GradientNorm,
    double ImagesPerSecond,
    double Seconds);
