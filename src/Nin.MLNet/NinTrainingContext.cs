using Nin.MLNet.Training;

namespace Nin.MLNet;

/// <summary>A training run as a <see cref="NinCallback"/> sees it. Valid only while a hook runs.</summary>
public sealed class NinTrainingContext
{
    internal NinTrainingContext(TrainingRun run) => Run = run;

    /// <summary>The network being trained.</summary>
    public NinArchitecture Architecture => Run.Network.Architecture;

    /// <summary>Number of the current epoch, or in <see cref="NinCallback.OnEpoch"/> of the one just finished; from 1.</summary>
    public int Epoch => Run.Epoch;

    /// <summary>Epochs planned; fractional if steps or a time budget decide, and may change under a time budget.</summary>
    public double NumberOfEpochs => (double)Run.Plan.Steps / Run.StepsPerEpoch;

    /// <summary>Steps of the optimiser taken so far.</summary>
    public long Step => Run.Plan.Taken;

    /// <summary>Total steps planned; may change under a time budget.</summary>
    public long NumberOfSteps => Run.Plan.Steps;

    /// <summary>Training images seen so far in the current epoch.</summary>
    public long Images => Run.Tally.Images;

    /// <summary>Training images in a whole epoch.</summary>
    public long ImagesPerEpoch => Run.ImagesPerEpoch;

    /// <summary>Mean loss of the latest step's images, in nats.</summary>
    public double Loss => Run.StepLook.Loss;

    /// <summary>Mean loss over the epoch so far, in nats.</summary>
    public double EpochLoss => Run.Tally.Loss;

    /// <summary>Share of the epoch's images so far that were classified correctly, in [0, 1].</summary>
    public double EpochAccuracy => Run.Tally.Accuracy;

    /// <summary>Euclidean norm of the latest step's gradient, before clipping.</summary>
    public double GradientNorm => Run.StepLook.GradientNorm;

    /// <summary>Learning rate of the latest step.</summary>
    public double LearningRate => Run.LearningRate;

    /// <summary>Training images per second over the epoch so far.</summary>
    public double ImagesPerSecond => Run.Tally.ImagesPerSecond;

    /// <summary>Time since Fit was called; with a checkpoint, including the time used before.</summary>
    public TimeSpan Elapsed => Run.Elapsed;

    /// <summary>Time until the last step at the current speed, excluding validation.</summary>
    public TimeSpan Remaining => TimeSpan.FromSeconds(ImagesPerSecond > 0
        ? Run.Plan.Left * ((double)ImagesPerEpoch / Run.StepsPerEpoch) / ImagesPerSecond
        : 0);

    /// <summary>One entry for each finished epoch.</summary>
    public IReadOnlyList<NinEpoch> History => Run.History;

    internal TrainingRun Run { get; }

    /// <summary>Ends the training after the current step, or after the epoch just finished, and returns the model so far.</summary>
    /// <param name="reason">Why, for the log; null: not logged.</param>
    /// <param name="withBestWeights">Whether to return the weights of the epoch with the best validation, including the epoch cut short,
    /// even if <see cref="NinTrainer.Options.RestoreBestWeights"/> is off; default false. A training run that continued from a checkpoint
    /// with that option off knows only the epochs since then.</param>
    public void Stop(string? reason = null, bool withBestWeights = false) => Run.Stop(reason, withBestWeights);
}
