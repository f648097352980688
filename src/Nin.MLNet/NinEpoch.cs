namespace Nin.MLNet;

/// <summary>What one epoch came to: one entry of the history. The last one may be a part of an epoch (<see cref="Images"/>).</summary>
public sealed record NinEpoch
{
    /// <summary>Number of the epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Training images met.</summary>
    public long Images { get; init; }

    /// <summary>
    /// Mean cross-entropy over the training images as they were met, weighted as in the training, in nats; with label smoothing
    /// against the smoothed targets, which keeps it well above 0 and above the validation loss.
    /// </summary>
    public double TrainLoss { get; init; }

    /// <summary>Share of the training images classified right as they were met, augmented and under dropout, in [0, 1].</summary>
    public double TrainAccuracy { get; init; }

    /// <summary>Mean cross-entropy over the whole validation set after the epoch, in nats; null without one.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Share of the whole validation set classified right after the epoch, in [0, 1]; null without one.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>Learning rate of the last step.</summary>
    public double LearningRate { get; init; }

    /// <summary>Mean Euclidean norm of the gradient over the steps, before it is cut down.</summary>
    public double GradientNorm { get; init; }

    /// <summary>Training images per second, validation not counted.</summary>
    public double ImagesPerSecond { get; init; }

    /// <summary>Seconds the epoch took, validation included.</summary>
    public double Seconds { get; init; }
}
