using System.Globalization;

namespace Nin.MLNet.Training.Callbacks;

/// <summary>Reports steps and epochs to the host.</summary>
internal sealed class ProgressReport : NinCallback
{
    public override void OnStep(NinTrainingContext training) => training.Run.Log.Progress(training);

    public override void OnEpoch(NinTrainingContext training) => training.Run.Log.Info(Describe(training.History[^1]));

    private static string Describe(NinEpoch e)
    {
        var validated = e.ValidationLoss is null
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $", validation loss {e.ValidationLoss:F4}, validation accuracy {e.ValidationAccuracy:P2}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Epoch {e.Epoch}: loss {e.TrainLoss:F4}, accuracy {e.TrainAccuracy:P2}{validated}, " +
            $"learning rate {e.LearningRate:G3}, {e.ImagesPerSecond:F0} images/s, {e.Seconds:F1} s");
    }
}
