namespace Nin.MLNet;

/// <summary>
/// The results of one epoch: one entry of the history. The last entry may cover only part of an epoch (<see cref="Images"/>).
/// </summary>
public sealed record NinEpoch
{
    /// <summary>Number of the epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Training images seen.</summary>
    public long Images { get; init; }

    /// <summary>
    /// Mean cross-entropy over the training images as they were seen, weighted as in training, in nats. With label smoothing, it is
    /// measured against the smoothed targets, which keeps it well above 0 and above the validation loss.
    /// </summary>
    public double TrainLoss { get; init; }

    /// <summary>Share of the training images classified correctly as they were seen, augmented and with dropout, in [0, 1].</summary>
    public double TrainAccuracy { get; init; }

    /// <summary>Mean cross-entropy over the whole validation set after the epoch, in nats; null without a validation set.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>
    /// Share of the whole validation set classified correctly after the epoch, in [0, 1]; null without a validation set.
    /// </summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>Learning rate of the last step.</summary>
    public double LearningRate { get; init; }

    /// <summary>Mean Euclidean norm of the gradient over the steps, before clipping.</summary>
    public double GradientNorm { get; init; }

    /// <summary>Training images per second, excluding validation.</summary>
    public double ImagesPerSecond { get; init; }

    /// <summary>Seconds the epoch took, including validation.</summary>
    public double Seconds { get; init; }
}
