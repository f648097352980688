using Microsoft.ML;
using Nin.MLNet.Native;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training.Callbacks;

/// <summary>Checkpoints of trainings that collapsed, were cancelled at their end, or ran out of time.</summary>
[TestClass]
public sealed class CheckpointEndingsTests
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();

    private string State => Path.Combine(folder.FullName, "state");

    [TestCleanup]
    public void RemoveFolder() => folder.Delete(recursive: true);

    // By default a training has no seed: it must be the file's, or the training is another one.
    [TestMethod]
    [DataRow(NinTrainer.WeightAveraging.None)]
    [DataRow(NinTrainer.WeightAveraging.Lookahead)]
    public void Fit_FileOfACollapsedTrainingWithoutASeed_GivesTheBestModelOfItsException(NinTrainer.WeightAveraging averaging)
    {
        var options = SyntheticImages.Quick();
        (options.Seed, options.CheckpointPath, options.OnCollapse) = (null, State, NinTrainer.CollapseAction.Throw);
        (options.ValidationSetFraction, options.WeightAveraging, options.NumberOfEpochs, options.BatchSize) = (0, averaging, 12, 8);
        // After five good epochs it no longer knows anything, and never will: thrown back, with weights that are finite.
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            if (training.Epoch <= 5)
                return;
            using var _ = TorchSharp.torch.no_grad();
            training.Run.Network.Parameters.FillInPlace(1e-3);
        }));
        var error = Assert.ThrowsExactly<NinTrainingCollapsedException>(() => Fit(options).Dispose());
        using var best = error.BestModel!;
        options.Callbacks.Clear();
        options.OnCollapse = NinTrainer.CollapseAction.ReturnBest;
        using var returned = Fit(options);
        Assert.IsTrue(Trained.WeightsOf(best).SequenceEqual(Trained.WeightsOf(returned)));
    }

    // Few steps: batch norm's statistics are still young. The last step of the last epoch kills it. With validation images, the second
    // epoch is made worse than the first.
    [TestMethod]
    [DataRow(0.0, false)]
    [DataRow(0.3, false)]
    [DataRow(0.0, true)]
    public void Fit_FileOfATrainingThatCollapsedAtItsEnd_GivesTheSameModelEachTime(double validated, bool symmetric)
    {
        var options = SyntheticImages.Quick();
        (options.Seed, options.CheckpointPath, options.ValidationSetFraction) = (null, State, validated);
        (options.RestoreBestWeights, options.SymmetricFilters) = (false, symmetric);
        options.OnCollapse = NinTrainer.CollapseAction.Throw;
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            using var _ = TorchSharp.torch.no_grad();
            if (validated > 0 && training.Epoch == 2)
                training.Run.Network.Parameters.ScaleInPlace(0.5);
            if (training.Step == training.NumberOfSteps)
                training.Run.Network.Parameters.FillInPlace(double.NaN);
        }));
        var error = Assert.ThrowsExactly<NinTrainingCollapsedException>(() => Fit(options).Dispose());
        Assert.HasCount(2, error.History);
        if (validated > 0)
            Assert.IsLessThan(error.History[1].ValidationLoss!.Value, error.History[0].ValidationLoss!.Value);
        using var best = error.BestModel!;
        options.Callbacks.Clear();
        options.OnCollapse = NinTrainer.CollapseAction.ReturnBest;
        for (var time = 0; time < 2; time++)
        {
            using var returned = Fit(options);
            Assert.IsTrue(Trained.WeightsOf(best).SequenceEqual(Trained.WeightsOf(returned)), $"time {time}");
        }
    }

    // There is nothing to give back, so the next Fit is a new training, with a seed and a rate of its own.
    [TestMethod]
    public void Fit_FileOfATrainingThatCollapsedAtOnce_StartsAnew()
    {
        var options = SyntheticImages.Quick();
        (options.Seed, options.CheckpointPath, options.ValidationSetFraction, options.MaxRecoveries) = (null, State, 0, 0);
        options.OnCollapse = NinTrainer.CollapseAction.ReturnBest;
        var kills = NinCallback.AfterStep(training =>
        {
            using var _ = TorchSharp.torch.no_grad();
            training.Run.Network.Parameters.FillInPlace(0);
        });
        options.Callbacks.Add(kills);
        for (var time = 0; time < 2; time++)
            Assert.IsNull(Assert.ThrowsExactly<NinTrainingCollapsedException>(() => Fit(options).Dispose()).BestModel);
        options.Callbacks.Clear();
        options.LearningRate /= 2;
        var log = new List<string>();
        using var model = Fit(options, log.Add);
        Assert.HasCount(3, model.Model.History);
        Assert.IsTrue(log.Any(message => message.Contains("collapsed before it had learnt anything", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Fit_CancelledWhileTheTemperatureIsFitted_IsNotFinishedYet()
    {
        using var cancel = new CancellationTokenSource();
        var options = SyntheticImages.Quick();
        (options.CheckpointPath, options.CalibrateTemperature, options.CancellationToken) = (State, true, cancel.Token);
        (options.ValidationSetFraction, options.RestoreBestWeights) = (0.2, false);
        options.Callbacks.Add(NinCallback.AfterEpoch(training =>
        {
            if (training.Epoch == options.NumberOfEpochs)
                cancel.Cancel();
        }));
        Assert.ThrowsExactly<OperationCanceledException>(() => Fit(options).Dispose());
        options.Callbacks.Clear();
        options.CancellationToken = default;
        var log = new List<string>();
        using var resumed = Fit(options, log.Add);
        Assert.IsTrue(log.Any(message => message.Contains("after epoch 3", StringComparison.Ordinal)), string.Join('\n', log));
        Assert.HasCount(3, resumed.Model.History);
    }

    // The model is complete by then: nothing that is left to do can lose it.
    [TestMethod]
    public void Fit_CancelledAtTheVeryEnd_ReturnsTheModel()
    {
        using var cancel = new CancellationTokenSource();
        var options = SyntheticImages.Quick();
        (options.CheckpointPath, options.CalibrateTemperature, options.CancellationToken) = (State, true, cancel.Token);
        options.ValidationSetFraction = 0.2;
        options.Callbacks.Add(new AtEnd(cancel.Cancel));
        using var model = Fit(options);
        Assert.HasCount(3, model.Model.History);
    }

    // 30 seconds, a tenth of one each step. 27 are used before the stop, and one more by a callback that restores its state.
    [TestMethod]
    public void Fit_ResumedUnderABudget_UsesWhatIsLeftOfIt()
    {
        var clock = new MovableClock();
        var options = SyntheticImages.Quick();
        (options.CheckpointPath, options.TimeBudget, options.Clock) = (State, TimeSpan.FromSeconds(30), clock);
        options.ValidationSetFraction = 0;
        var steps = 0;
        options.Callbacks.Add(NinCallback.AfterStep(_ =>
        {
            clock.Move(TimeSpan.FromMilliseconds(100));
            steps++;
        }));
        options.Callbacks.Add(new Slow(() => clock.Move(TimeSpan.FromSeconds(1))));
        var stop = NinCallback.AfterEpoch(training =>
        {
            if (training.Elapsed >= TimeSpan.FromSeconds(27))
                training.Stop();
        });
        options.Callbacks.Add(stop);
        Fit(options).Dispose();
        var before = steps;
        options.Callbacks.Remove(stop);
        Fit(options).Dispose();
        Assert.AreEqual(18, steps - before, 3, $"{before} steps before");
    }

    private static NinTransformer Fit(NinTrainer.Options options, Action<string>? log = null)
    {
        var context = new MLContext();
        context.Log += (_, e) => log?.Invoke(e.Message);
        return context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, 200));
    }

    private sealed class AtEnd(Action action) : NinCallback
    {
        public override void OnTrainingEnd(NinTrainingContext training) => action();
    }

    private sealed class Slow(Action action) : NinCallback
    {
        public override void RestoreState(BinaryReader reader) => action();
    }
}
