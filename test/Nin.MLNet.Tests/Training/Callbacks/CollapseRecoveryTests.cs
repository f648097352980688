using Microsoft.ML;
using Nin.MLNet.Native;
using Nin.MLNet.Network;
using Nin.MLNet.Tests.Contract;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Training.Callbacks;

[TestClass]
public sealed class CollapseRecoveryTests
{
    private static readonly MLContext Context = new(1);

    [TestMethod]
    public void Fit_RateThatKillsTheNetwork_ThrowsWithHistoryOrRecovers()
    {
        var options = SyntheticImages.Quick();
        options.Architecture = (channels, classes) =>
            NinArchitecture.Small(channels, classes, 8) with { BatchNorm = false, LastReLU = true };
        (options.LearningRate, options.Schedule, options.OnCollapse) = (20, NinTrainer.Schedule.Constant, NinTrainer.CollapseAction.Throw);
        var error = Assert.ThrowsExactly<NinTrainingCollapsedException>(() => Trained.On(options));
        StringAssert.Contains(error.Message, "Options.LearningRate");
        Assert.IsNull(error.BestModel);
        (options.OnCollapse, options.MaxRecoveries) = (NinTrainer.CollapseAction.Recover, 10);
        var trained = Trained.On(options);
        Assert.IsTrue(trained.Weights.All(float.IsFinite));
        Assert.HasCount(options.NumberOfEpochs!.Value, trained.History);
    }

    // With these weights the output for class 1 is 0 for every image; without recovery the class is never predicted: 66.7 %.
    [TestMethod]
    public void Fit_ClassDrawnDead_DrawsAnewAndLearnsIt()
    {
        var trained = Trained.On(WithDeadClass(options => options.Callbacks.Add(Starting(KillClassOne))));
        StringAssert.Contains(trained.Warnings.First(), "class 1 (from 0)");
        StringAssert.Contains(trained.Warnings.First(), "newly drawn weights");
        Assert.HasCount(12, trained.History);
        Assert.IsGreaterThan(0.95, trained.History[^1].ValidationAccuracy!.Value);
    }

    [TestMethod]
    public void Fit_ClassDrawnDead_DrawsOtherWeightsAndTakesAllItsStepsWithThem()
    {
        var (drawn, steps) = (new List<float[]>(), new List<long>());
        var options = WithDeadClass(options => options.Callbacks.Add(Starting(network =>
        {
            drawn.Add(Parameters(network));
            KillClassOne(network);
        })));
        options.Callbacks.Add(new WhenReplaced(network => drawn.Add(Parameters(network))));
        options.Callbacks.Add(NinCallback.AfterStep(training => steps.Add(training.Step)));
        Assert.HasCount(1, Trained.On(options).Warnings);
        Assert.HasCount(2, drawn);
        Assert.IsFalse(drawn[0].SequenceEqual(drawn[1]));
        var anew = steps.LastIndexOf(1);
        Assert.IsGreaterThan(40, anew);
        // 161 images in batches of 4.
        Assert.IsTrue(steps.Skip(anew).SequenceEqual(Enumerable.Range(1, 12 * 41).Select(step => (long)step)));

        static float[] Parameters(NinNetwork network) => network.Parameters.data<float>().ToArray();
    }

    // The dead network has reached two thirds; the new weights learn nothing in their first epoch, because each step is taken back.
    [TestMethod]
    public void Fit_DeadClassAndPatience_GivesTheNewWeightsTheirOwn()
    {
        WeightSnapshot? drawn = null;
        var options = WithDeadClass(options => options.Callbacks.Add(Starting(KillClassOne)));
        options.EarlyStoppingPatience = 2;
        options.Callbacks.Add(new WhenReplaced(network => drawn = network.Snapshot()));
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            if (drawn is not null && training.Epoch == 1)
                training.Run.Network.Restore(drawn);
        }));
        var trained = Trained.On(options);
        drawn!.Dispose();
        Assert.IsGreaterThan(2, trained.History.Count);
        Assert.IsGreaterThan(0.9, trained.History[^1].ValidationAccuracy!.Value);
    }

    // The old weights had learnt. The new ones have never been better than a guess: that is a plateau, not a collapse.
    [TestMethod]
    public void Fit_NewWeightsThatLearnNothingYet_AreNotThrownBack()
    {
        var (options, before, plateau) = (SyntheticImages.Quick(), 0.0, false);
        (options.NumberOfEpochs, options.BatchSize) = (4, 8);
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            if (training.Step == 14 && !plateau)
                before = training.EpochLoss;
        }));
        options.Callbacks.Add(Once(15, Poison));
        options.Callbacks.Add(new WhenReplaced(_ => plateau = true));
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            if (plateau)
                Change(training, network => LastLayer(network).ForEach(ForgetAlmostAll));
        }));
        var trained = Trained.On(options);
        StringAssert.Contains(trained.Warnings.Single(), "newly drawn weights");
        Assert.IsLessThan(1.0, before);
        Assert.HasCount(4, trained.History);
        Assert.AreEqual(Math.Log(3), trained.History[^1].TrainLoss, 1e-3);

        // If all weights were zero, the layers before would get no gradient.
        static void ForgetAlmostAll(Tensor weights) => weights.FillInPlace(0).narrow(0, 0, 1).FillInPlace(1e-6);
        static List<Tensor> LastLayer(NinNetwork network) => [.. network.State.Skip(network.State.Count - 2).Select(entry => entry.Value)];
    }

    // The damage happens in the fourth epoch, and no gradient can repair it.
    [TestMethod]
    public void Fit_ClassDiesOnTheWay_GoesBackToWhereItLived()
    {
        var trained = Trained.On(WithDeadClass(options => options.Callbacks.Add(Once(150, KillClassOne))));
        StringAssert.Contains(trained.Warnings.Single(), "class 1 (from 0)");
        StringAssert.Contains(trained.Warnings.Single(), "the last good weights");
        Assert.IsGreaterThan(0.95, trained.History[^1].ValidationAccuracy!.Value);
    }

    // 161 rows in six steps: the twelfth step ends the second epoch, the eighteenth ends the training.
    [TestMethod]
    [DataRow(12)]
    [DataRow(18)]
    public void Fit_NaNAfterAnEpochsLastStep_IsSeenBeforeTheWeightsAreTrusted(int step)
    {
        var options = SyntheticImages.Quick();
        options.Callbacks.Add(Once(step, Poison));
        var trained = Trained.On(options);
        StringAssert.Contains(trained.Warnings.Single(), "the last good weights");
        Assert.HasCount(3, trained.History);
        Assert.IsTrue(trained.Weights.All(float.IsFinite));
        Assert.IsTrue(trained.History.All(epoch => double.IsFinite(epoch.TrainLoss) && double.IsFinite(epoch.ValidationLoss!.Value)));
    }

    // Finite, but batch norm takes its square root.
    [TestMethod]
    public void Fit_VarianceBelowZeroAtAnEpochsEnd_GoesBackInsteadOfFailing()
    {
        var options = SyntheticImages.Quick();
        options.Callbacks.Add(Once(12, network => network.State.Single(entry => entry.Name == "0.1.running_var").Value.fill_(-1)));
        var trained = Trained.On(options);
        StringAssert.Contains(trained.Warnings.Single(), "a variance of batch norm is below 0");
        Assert.HasCount(3, trained.History);
    }

    // One step per epoch at a learning rate far too high: one in eight of these used to return a model with NaN scores.
    [TestMethod]
    public void Fit_FortyEightImagesAtAnAbsurdRate_NeverGivesScoresThatAreNoNumbers()
    {
        var data = SyntheticImages.Keyed(Context, 48);
        for (var seed = 1; seed <= 12; seed++)
        {
            var options = SyntheticImages.Quick();
            options.Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 8) with { BatchNorm = seed % 2 == 0 };
            (options.BatchSize, options.Schedule, options.LearningRate, options.Seed) =
                (128, NinTrainer.Schedule.Constant, seed < 7 ? 3 : 100, seed);
            try
            {
                using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
                Assert.IsTrue(TrainerContractTests.Scores(model, data).All(float.IsFinite), $"seed {seed}");
                Assert.IsTrue(
                    model.Model.History.All(epoch =>
                        double.IsFinite(epoch.TrainLoss) && epoch.ValidationLoss is null or < double.PositiveInfinity),
                    $"seed {seed}");
                using var zip = new MemoryStream();
                Context.Model.Save(model, data.Schema, zip);
            }
            catch (NinTrainingCollapsedException e)
            {
                e.BestModel?.Dispose();
            }
        }
    }

    // Two classes that a network can hardly tell apart: a single NaN used to discard the history and the best weights.
    [TestMethod]
    public void Fit_NaNInANetworkThatHasLearntLittle_KeepsItsHistory()
    {
        var options = SyntheticImages.Quick();
        (options.NumberOfEpochs, options.LearningRate) = (6, 1e-5);
        options.Callbacks.Add(Once(23, Poison));
        var trained = Trained.On(options);
        StringAssert.Contains(trained.Warnings.Single(), "the last good weights");
        Assert.HasCount(6, trained.History);
    }

    [TestMethod]
    public void Fit_GivesUp_HandsTheBestModelOverInTheException()
    {
        var error = Assert.ThrowsExactly<NinTrainingCollapsedException>(() => Trained.On(DoomedAfterTwoEpochs()));
        Assert.HasCount(2, error.History);
        using var best = error.BestModel;
        Assert.IsNotNull(best);
        var data = SyntheticImages.Keyed(Context, 90, seed: 4);
        Assert.IsTrue(TrainerContractTests.Scores(best, data).All(float.IsFinite));
        Assert.HasCount(2, best.Model.History);
    }

    [TestMethod]
    public void Fit_GivesUpWithoutValidation_HandsTheLatestGoodModelOver()
    {
        var options = DoomedAfterTwoEpochs();
        options.ValidationSetFraction = 0;
        var data = SyntheticImages.Keyed(Context, 200);
        var error = Assert.ThrowsExactly<NinTrainingCollapsedException>(
            () => Context.MulticlassClassification.Trainers.Nin(options).Fit(data));
        using var good = error.BestModel;
        Assert.IsNotNull(good);
        Assert.HasCount(2, good.Model.History);
        Assert.IsTrue(Trained.WeightsOf(good).All(float.IsFinite));
    }

    // The twelfth step is the last of the second epoch: from there training goes back to the last of the first.
    [TestMethod]
    public void Fit_AfterARecovery_TheRateIsLowerAndWarmsUp()
    {
        var (options, rates) = (SyntheticImages.Quick(), new List<double>());
        (options.NumberOfEpochs, options.Schedule, options.LearningRate) = (6, NinTrainer.Schedule.Constant, 0.01);
        options.Callbacks.Add(Once(12, Poison));
        options.Callbacks.Add(NinCallback.AfterStep(training => rates.Add(training.LearningRate)));
        Assert.HasCount(1, Trained.On(options).Warnings);
        double[] expected =
        [
            .. Enumerable.Repeat(0.01, 12), .. Enumerable.Range(1, 10).Select(step => 0.003 * step / 10),
            .. Enumerable.Repeat(0.003, 20),
        ];
        Assert.HasCount(expected.Length, rates);
        for (var i = 0; i < rates.Count; i++)
            Assert.AreEqual(expected[i], rates[i], 1e-12, $"step {i}");
    }

    [TestMethod]
    public void Fit_ResumedAfterARecovery_MatchesUninterrupted()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var whole = Trained.On(Wounded());
            var options = Wounded();
            options.CheckpointPath = Path.Combine(folder.FullName, "state");
            options.Callbacks.Add(NinCallback.AfterEpoch(training =>
            {
                if (training.Epoch == 2)
                    training.Stop();
            }));
            Assert.HasCount(2, Trained.On(options).History);
            options.Callbacks.Clear();
            Assert.IsTrue(whole.Weights.SequenceEqual(Trained.On(options).Weights));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static NinTrainer.Options Wounded()
        {
            var options = SyntheticImages.Quick();
            options.NumberOfEpochs = 6;
            options.Callbacks.Add(Once(12, Poison));
            return options;
        }
    }

    [TestMethod]
    public void Fit_GivesUpWithReturnBest_GivesTheBestModelBack()
    {
        var options = DoomedAfterTwoEpochs();
        options.OnCollapse = NinTrainer.CollapseAction.ReturnBest;
        var trained = Trained.On(options);
        Assert.HasCount(2, trained.History);
        Assert.IsTrue(trained.Weights.All(float.IsFinite));
        Assert.IsTrue(trained.Log.Any(message => message.Contains("The best model so far is returned", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Fit_DeadNetworkUnderAccumulation_IsFoundWithinTwoEpochs()
    {
        var options = SyntheticImages.Quick();
        options.Architecture = (channels, classes) =>
            NinArchitecture.Small(channels, classes, 8) with { BatchNorm = false, LastReLU = true };
        (options.GradientAccumulation, options.BatchSize, options.NumberOfEpochs, options.OnCollapse) =
            (2, 20, 8, NinTrainer.CollapseAction.Throw);
        options.Callbacks.Add(Starting(network => network.Parameters.FillInPlace(-1)));
        var error = Assert.ThrowsExactly<NinTrainingCollapsedException>(() => Trained.On(options));
        Assert.IsLessThan(2, error.History.Count);
        StringAssert.Contains(error.Message, "no gradient");
    }

    private static NinTrainer.Options DoomedAfterTwoEpochs()
    {
        var options = SyntheticImages.Quick();
        (options.NumberOfEpochs, options.MaxRecoveries) = (6, 2);
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            if (training.Epoch > 2)
                Change(training, Poison);
        }));
        return options;
    }

    private static NinTrainer.Options WithDeadClass(Action<NinTrainer.Options> kill)
    {
        var options = SyntheticImages.Quick();
        options.Architecture = (channels, classes) =>
            NinArchitecture.Small(channels, classes, 8) with { BatchNorm = false, LastReLU = true };
        (options.NumberOfEpochs, options.BatchSize, options.LearningRate, options.WeightDecay, options.Seed) = (12, 4, 0.01, 0, 8);
        kill(options);
        return options;
    }

    private static NinCallback Once(int step, Action<NinNetwork> change)
    {
        var done = false;
        return NinCallback.AfterStep(training =>
        {
            if (training.Step != step || done)
                return;
            done = true;
            Change(training, change);
        });
    }

    private static void Change(NinTrainingContext training, Action<NinNetwork> change)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        change(training.Run.Network);
    }

    private static void Poison(NinNetwork network) => network.Parameters.narrow(0, 5, 1).FillInPlace(double.NaN);

    private static void KillClassOne(NinNetwork network) =>
        network.State.Last(entry => entry.Name.EndsWith(".bias", StringComparison.Ordinal)).Value.narrow(0, 1, 1).FillInPlace(-1e6);

    private sealed class WhenReplaced(Action<NinNetwork> look) : NinCallback
    {
        internal override void OnWeightsReplaced(NinTrainingContext training) => look(training.Run.Network);
    }

    private static AtStart Starting(Action<NinNetwork> change) => new(training => Change(training, change));
}
