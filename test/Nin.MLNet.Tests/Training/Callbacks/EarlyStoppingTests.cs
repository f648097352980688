using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training.Callbacks;

[TestClass]
public sealed class EarlyStoppingTests
{
    [TestMethod]
    public void Fit_BetterEpochsNowAndThen_StopsAfterSoManyInARowWithout()
    {
        var options = SyntheticImages.Quick();
        (options.NumberOfEpochs, options.EarlyStoppingPatience, options.Metric) = (12, 2, NinTrainer.Metric.ValidationAccuracy);
        options.Callbacks.Add(new Told([0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.3]));
        var (_, history, log) = Trained.On(options);
        Assert.HasCount(7, history);
        Assert.AreEqual(
            1, log.Count(message => message.EndsWith("in 2 epoch(s), the best was epoch 5.", StringComparison.Ordinal)),
            string.Join('\n', log));
    }

    /// <summary>Replaces the validation accuracies with the given ones.</summary>
    private sealed class Told(double[] accuracies) : NinCallback
    {
        internal override void OnEvaluated(NinTrainingContext training) =>
            training.Run.Validated = (1, accuracies[training.Epoch - 1]);
    }
}
