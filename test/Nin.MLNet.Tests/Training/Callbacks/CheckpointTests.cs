using Microsoft.ML;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training.Callbacks;

[TestClass]
public sealed class CheckpointTests
{
    private static readonly MLContext Context = new(1);
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();

    private string State => Path.Combine(folder.FullName, "state");

    [TestCleanup]
    public void RemoveFolder() => folder.Delete(recursive: true);

    [TestMethod]
    [DataRow(NinTrainer.WeightAveraging.Ema, NinTrainer.Optimizer.AdamW, 1)]
    [DataRow(NinTrainer.WeightAveraging.Lookahead, NinTrainer.Optimizer.Sgd, 1)]
    [DataRow(NinTrainer.WeightAveraging.None, NinTrainer.Optimizer.Sgd, 2)]
    public void Fit_ResumedFromCheckpoint_MatchesUninterrupted(
        NinTrainer.WeightAveraging averaging, NinTrainer.Optimizer optimizer, int accumulation)
    {
        var options = WithCheckpoint(4);
        (options.WeightAveraging, options.Optimizer, options.LearningRate, options.GradientAccumulation) =
            (averaging, optimizer, 0.01, accumulation);
        options.CheckpointPath = null;
        var whole = Trained.On(options);
        options.CheckpointPath = State;
        StopAfter(options, 2);
        Trained.On(options);
        options.Callbacks.Clear();
        var resumed = Trained.On(options);
        Assert.HasCount(4, resumed.History);
        Assert.IsTrue(resumed.Log.Any(message => message.Contains("after epoch 2", StringComparison.Ordinal)));
        Assert.IsTrue(whole.Weights.SequenceEqual(resumed.Weights));
        Assert.HasCount(1, folder.GetFiles());
    }

    // A batch size that was left open belongs to it as the data decided it.
    [TestMethod]
    public void Fit_CheckpointOfOtherOptions_NamesWhatDiffers()
    {
        var options = WithCheckpoint(3);
        options.BatchSize = null;
        StopAfter(options, 1);
        Trained.On(options);
        (options.LearningRate, options.MaxGradientNorm, options.BatchSize) = (0.05, 1, 64);
        var other = Assert.ThrowsExactly<InvalidDataException>(() => Trained.On(options));
        StringAssert.Contains(other.Message, "belongs to another training");
        StringAssert.Contains(other.Message, "Options.LearningRate: 0.2 there, 0.05 here");
        StringAssert.Contains(other.Message, "Options.MaxGradientNorm: null there, 1 here");
        StringAssert.Contains(other.Message, "Options.BatchSize: 16 there, 64 here");
        (options.LearningRate, options.MaxGradientNorm, options.BatchSize) = (0.2, null, 16);
        Assert.IsTrue(Trained.On(options).Log.Any(message => message.Contains("after epoch 1", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Fit_CheckpointCutShortOrChanged_SaysItIsDamaged()
    {
        var options = WithCheckpoint(3);
        StopAfter(options, 1);
        Trained.On(options);
        var bytes = File.ReadAllBytes(State);
        File.WriteAllBytes(State, bytes[..(bytes.Length / 2)]);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Trained.On(options)).Message, "damaged or cut short");
        bytes[^100] ^= 1;
        File.WriteAllBytes(State, bytes);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Trained.On(options)).Message, "damaged or cut short");
    }

    [TestMethod]
    public void Fit_NobodyAskedForASeed_AdoptsTheFiles()
    {
        var options = WithCheckpoint(4);
        (options.Seed, options.ValidationSetFraction) = (null, 0.2);
        StopAfter(options, 2);
        var rows = SyntheticImages.Rows(100);
        Fit().Dispose();
        options.Callbacks.Clear();
        using var model = Fit();
        Assert.HasCount(4, model.Model.History);

        NinTransformer Fit()
        {
            var context = new MLContext();
            return context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, rows));
        }
    }

    [TestMethod]
    public void Fit_OtherDataOfAsManyRows_IsRefused()
    {
        var options = WithCheckpoint(4);
        StopAfter(options, 1);
        Fit(SyntheticImages.Rows(90)).Dispose();
        options.Callbacks.Clear();
        var changed = SyntheticImages.Rows(90).ToArray();
        changed[7].Features[3] += 1;
        foreach (var rows in new[] { SyntheticImages.Rows(90, seed: 2), [.. SyntheticImages.Rows(90).Reverse()], changed })
            StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Fit(rows)).Message, "training data:");
        using var same = Fit(SyntheticImages.Rows(90));
        Assert.HasCount(4, same.Model.History);

        NinTransformer Fit(IEnumerable<SyntheticImages.Row> rows) =>
            Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, rows));
    }

    [TestMethod]
    public void Fit_OtherInitialModel_IsRefused()
    {
        var options = SyntheticImages.Quick();
        var data = SyntheticImages.Keyed(Context, 90);
        using var first = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        options.Seed = 99;
        using var second = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        options.CheckpointPath = State;
        options.InitialModel = first.Model;
        StopAfter(options, 1);
        Context.MulticlassClassification.Trainers.Nin(options).Fit(data).Dispose();
        options.InitialModel = second.Model;
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidDataException>(() => Context.MulticlassClassification.Trainers.Nin(options).Fit(data)).Message,
            "training data:");
    }

    [TestMethod]
    public void Fit_CheckpointOfAFinishedTraining_StartsAnewOnWhateverData()
    {
        var options = WithCheckpoint(2);
        var first = Trained.On(options);
        options.LearningRate = 0.05;
        var second = Trained.On(options);
        Assert.IsTrue(second.Log.Any(message => message.Contains("finished training", StringComparison.Ordinal)));
        Assert.IsFalse(first.Weights.SequenceEqual(second.Weights));
    }

    [TestMethod]
    public void Fit_CheckpointOfATrainingThatStoppedEarly_StartsAnew()
    {
        var options = WithCheckpoint(30);
        (options.EarlyStoppingPatience, options.Metric) = (1, NinTrainer.Metric.ValidationAccuracy);
        var first = Trained.On(options);
        Assert.IsLessThan(30, first.History.Count);
        var second = Trained.On(options);
        Assert.IsTrue(second.Log.Any(message => message.Contains("finished training", StringComparison.Ordinal)));
        Assert.HasCount(first.History.Count, second.History);
    }

    // After one epoch of six batches the running statistics are still plain means; a hundred steps later they still show it.
    [TestMethod]
    public void Fit_ResumedAmongItsFirstBatches_MatchesUninterrupted()
    {
        var options = WithCheckpoint(17);
        (options.CheckpointPath, options.RestoreBestWeights) = (null, false);
        var whole = Trained.On(options);
        options.CheckpointPath = State;
        StopAfter(options, 1);
        Trained.On(options);
        options.Callbacks.Clear();
        Assert.IsTrue(whole.Weights.SequenceEqual(Trained.On(options).Weights));
    }

    [TestMethod]
    public void Fit_Resumed_CountsTheTimeBeforeAsElapsed()
    {
        var (clock, options, elapsed) = (new MovableClock(), WithCheckpoint(3), new List<double>());
        options.Clock = clock;
        options.Callbacks.Add(NinCallback.AfterEpoch(training =>
        {
            clock.Move(TimeSpan.FromSeconds(100));
            elapsed.Add(training.Elapsed.TotalSeconds);
            if (elapsed.Count == 1)
                training.Stop();
        }));
        Trained.On(options);
        Trained.On(options);
        CollectionAssert.AreEqual(new[] { 100.0, 200, 300 }, elapsed);
    }

    // The labels are random: a model evaluated on rows it was trained on would look far better than chance.
    [TestMethod]
    public void CrossValidate_WithACheckpointPath_TrainsEveryFoldByItself()
    {
        var random = new Random(1);
        var rows = SyntheticImages.Rows(120).ToArray();
        foreach (var row in rows)
            row.Label = $"class {random.Next(3)}";
        var options = WithCheckpoint(6);
        var results = Context.MulticlassClassification.CrossValidate(
            SyntheticImages.Keyed(Context, rows), Context.MulticlassClassification.Trainers.Nin(options), numberOfFolds: 3);
        Assert.HasCount(3, results);
        Assert.IsTrue(
            results.All(result => result.Metrics.MicroAccuracy < 0.65),
            string.Join(' ', results.Select(result => result.Metrics.MicroAccuracy)));
    }

    [TestMethod]
    public void Fit_FolderGoneOnTheWay_WarnsOnceAndTrainsOn()
    {
        var inner = folder.CreateSubdirectory("inner");
        var options = WithCheckpoint(4);
        options.CheckpointPath = Path.Combine(inner.FullName, "state");
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            if (training.Step == 7)
                inner.Delete(recursive: true);
        }));
        var trained = Trained.On(options);
        Assert.HasCount(4, trained.History);
        Assert.AreEqual(1, trained.Log.Count(message => message.Contains("could not be written", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("/no/such/folder/state")]
    public void Nin_CheckpointPathThatCannotBe_IsRefusedAtOnce(string path)
    {
        var error = Assert.Throws<ArgumentException>(
            () => Context.MulticlassClassification.Trainers.Nin(new NinTrainer.Options { CheckpointPath = path }));
        StringAssert.Contains(error.Message, "Options.CheckpointPath");
    }

    [TestMethod]
    public void Fit_AfterACollapse_StartsAnewWithAnotherRateAndKeepsTheBestWeightsReachable()
    {
        var options = WithCheckpoint(6);
        (options.MaxRecoveries, options.ValidationSetFraction) = (0, 0.2);
        var doom = NinCallback.AfterStep(training =>
        {
            if (training.Epoch > 3)
                training.Run.Network.Parameters.detach().fill_(float.NaN);
        });
        options.Callbacks.Add(doom);
        var error = Assert.ThrowsExactly<NinTrainingCollapsedException>(() => Trained.On(options));
        using var best = error.BestModel!;
        options.Callbacks.Clear();
        options.LearningRate = 0.1;
        Assert.HasCount(6, Trained.On(options).History);

        // The file of the collapsed training was moved aside; with the same options its best weights can be restored.
        (options.LearningRate, options.OnCollapse, options.CheckpointPath) =
            (SyntheticImages.Quick().LearningRate, NinTrainer.CollapseAction.ReturnBest, State + ".collapsed");
        var back = Trained.On(options);
        Assert.HasCount(3, back.History);
        Assert.IsTrue(Trained.WeightsOf(best).SequenceEqual(back.Weights));
    }

    // The hardest moment to be killed: the last epoch has been written, but not yet that it was the last.
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Fit_KilledAfterItsLastEpoch_EndsAsUninterrupted(bool stopsEarly)
    {
        var options = WithCheckpoint(stopsEarly ? 30 : 3);
        if (stopsEarly)
            (options.EarlyStoppingPatience, options.Metric, options.RestoreBestWeights) = (2, NinTrainer.Metric.ValidationAccuracy, false);
        var atTheEnd = State + ".end";
        options.Callbacks.Add(new AtTheEnd(() => File.Copy(State, atTheEnd)));
        var whole = Trained.On(options);
        File.Move(atTheEnd, State, overwrite: true);
        options.Callbacks.Clear();
        var resumed = Trained.On(options);
        Assert.IsTrue(resumed.Log.Any(message => message.Contains("Resumes from", StringComparison.Ordinal)));
        Assert.HasCount(whole.History.Count, resumed.History);
        Assert.IsTrue(!stopsEarly || whole.History.Count < 30);
        Assert.IsTrue(whole.Weights.SequenceEqual(resumed.Weights));
    }

    [TestMethod]
    public void Fit_PathThatAnotherTrainingUses_IsRefusedUntilThatIsOver()
    {
        var options = WithCheckpoint(2);
        IOException? refused = null;
        options.Callbacks.Add(NinCallback.AfterEpoch(training =>
        {
            if (training.Epoch == 1)
                refused = Assert.ThrowsExactly<IOException>(() => Trained.On(WithCheckpoint(2)));
        }));
        Trained.On(options);
        StringAssert.Contains(refused!.Message, "in use by another training");
        StringAssert.Contains(refused.Message, "Options.CheckpointPath");
        Assert.HasCount(1, folder.GetFiles());
        // Left behind by a killed process.
        File.WriteAllText(State + ".lock", "");
        Assert.HasCount(2, Trained.On(WithCheckpoint(2)).History);
    }

    // Nobody can create a file in the folder /sys.
    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Fit_FolderThatCannotBeWritten_WarnsOnceAndTrainsOn()
    {
        var options = WithCheckpoint(3);
        options.CheckpointPath = "/sys/nin-checkpoint";
        var trained = Trained.On(options);
        Assert.HasCount(3, trained.History);
        Assert.AreEqual(1, trained.Log.Count(message => message.Contains("could not be written", StringComparison.Ordinal)));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Fit_DiskFullOnTheWay_WarnsOnceTrainsOnAndKeepsTheEarlierFile()
    {
        var options = WithCheckpoint(4);
        options.NumberOfEpochs = 4;
        using var disk = SmallDisk.TryMount(kilobytes: 1_000);
        if (disk is null)
            Assert.Inconclusive("No file system can be mounted here: nothing was filled.");
        options.CheckpointPath = Path.Combine(disk.Folder, "state");
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            if (training.Epoch == 2)
                disk.Fill();
        }));
        var trained = Trained.On(options);
        Assert.HasCount(4, trained.History);
        Assert.AreEqual(1, trained.Log.Count(message => message.Contains("could not be written", StringComparison.Ordinal)));
        Assert.HasCount(1, MLNet.Training.Callbacks.CheckpointFile.Read(options.CheckpointPath).Header.History);
        CollectionAssert.AreEquivalent(
            new[] { "filler", "state" }, Directory.GetFiles(disk.Folder).Select(Path.GetFileName).ToArray());
    }

    private static void StopAfter(NinTrainer.Options options, int epochs) => options.Callbacks.Add(NinCallback.AfterEpoch(training =>
    {
        if (training.Epoch == epochs)
            training.Stop();
    }));

    private NinTrainer.Options WithCheckpoint(int epochs)
    {
        var options = SyntheticImages.Quick();
        (options.NumberOfEpochs, options.CheckpointPath) = (epochs, State);
        return options;
    }

    private sealed class AtTheEnd(Action action) : NinCallback
    {
        public override void OnTrainingEnd(NinTrainingContext training) => action();
    }
}
