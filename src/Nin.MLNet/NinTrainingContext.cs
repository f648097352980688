using Nin.MLNet.Training;

namespace Nin.MLNet;

/// <summary>A running training as a <see cref="NinCallback"/> sees it. Valid only while a hook runs.</summary>
public sealed class NinTrainingContext
{
    internal NinTrainingContext(TrainingRun run) => Run = run;

    /// <summary>The network that learns.</summary>
    public NinArchitecture Architecture => Run.Network.Architecture;

    /// <summary>Number of the running epoch, or in <see cref="NinCallback.OnEpoch"/> of the one just finished; from 1.</summary>
    public int Epoch => Run.Epoch;

    /// <summary>Epochs planned; fractional where steps or a time budget decide, and it may change under a time budget.</summary>
    public double NumberOfEpochs => (double)Run.Plan.Steps / Run.StepsPerEpoch;

    /// <summary>Steps of the optimiser taken so far.</summary>
    public long Step => Run.Plan.Taken;

    /// <summary>Steps planned in all; may change under a time budget.</summary>
    public long NumberOfSteps => Run.Plan.Steps;

    /// <summary>Training images met so far in the running epoch.</summary>
    public long Images => Run.Tally.Images;

    /// <summary>Training images in a whole epoch.</summary>
    public long ImagesPerEpoch => Run.ImagesPerEpoch;

    /// <summary>Mean loss of the latest step's images, in nats.</summary>
    public double Loss => Run.Look.Loss;

    /// <summary>Mean loss over the epoch so far, in nats.</summary>
    public double EpochLoss => Run.Tally.Loss;

    /// <summary>Share of the epoch's images so far that were classified right, in [0, 1].</summary>
    public double EpochAccuracy => Run.Tally.Accuracy;

    /// <summary>Euclidean norm of the latest step's gradient, before it is cut down.</summary>
    public double GradientNorm => Run.Look.GradientNorm;

    /// <summary>Learning rate of the latest step.</summary>
    public double LearningRate => Run.LearningRate;

    /// <summary>Training images per second over the epoch so far.</summary>
    public double ImagesPerSecond => Run.Tally.ImagesPerSecond;

    /// <summary>Time since Fit was called; with a checkpoint, the time used before included.</summary>
    public TimeSpan Elapsed => Run.Elapsed;

    /// <summary>Time until the last step at the present speed, validation not counted.</summary>
    public TimeSpan Remaining => TimeSpan.FromSeconds(ImagesPerSecond > 0
        ? Run.Plan.Left * ((double)ImagesPerEpoch / Run.StepsPerEpoch) / ImagesPerSecond
        : 0);

    /// <summary>One entry for each finished epoch.</summary>
    public IReadOnlyList<NinEpoch> History => Run.History;

    internal TrainingRun Run { get; }

    /// <summary>Ends the training after the running step, or after the epoch just finished; the model so far comes back.</summary>
    /// <param name="reason">Why, for the log; null: not logged.</param>
    /// <param name="withBestWeights">Whether the weights of the epoch with the best validation come back, the cut-off one included, even
    /// if <see cref="NinTrainer.Options.RestoreBestWeights"/> is off; default false. A training that went on from a checkpoint with that
    /// option off knows only the epochs since.</param>
    public void Stop(string? reason = null, bool withBestWeights = false) => Run.Stop(reason, withBestWeights);
}
