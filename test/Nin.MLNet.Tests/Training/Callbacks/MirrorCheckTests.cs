using Microsoft.ML;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training.Callbacks;

[TestClass]
public sealed class MirrorCheckTests
{
    private const string Stays = "images are not mirrored.", Begins = "from now on images are mirrored, too.";

    [TestMethod]
    public void Fit_AutoOnImagesThatMeanTheSameInAMirror_MirrorsThem()
    {
        var (model, log) = Fit(Auto(), SyntheticImages.Rows(400));
        using (model)
            Assert.AreEqual(1, log.Count(message => message.EndsWith(Begins, StringComparison.Ordinal)), string.Join('\n', log));
    }

    [TestMethod]
    public void Fit_AutoOnClassesThatAMirrorSwaps_LearnsThemUnmirrored()
    {
        var rows = Sideways(400);
        var (model, log) = Fit(Auto(), rows);
        using (model)
        {
            Assert.AreEqual(1, log.Count(message => message.EndsWith(Stays, StringComparison.Ordinal)), string.Join('\n', log));
            Assert.IsGreaterThan(0.95, model.Model.History[^1].TrainAccuracy);
        }

        // The check can fail: mirrored, left and right are the same.
        var mirrored = Auto();
        mirrored.HorizontalFlip = NinTrainer.Mirroring.On;
        using var confused = Fit(mirrored, rows).Model;
        Assert.IsLessThan(0.9, confused.Model.History[^1].TrainAccuracy);
    }

    [TestMethod]
    public void Fit_AutoThatDecidesAgainst_LeavesNoTraceInTheWeights()
    {
        var (rows, off) = (Sideways(400), Auto());
        off.HorizontalFlip = NinTrainer.Mirroring.Off;
        var (looked, log) = Fit(Auto(), rows);
        using (looked)
        using (var plain = Fit(off, rows).Model)
        {
            Assert.IsTrue(log.Any(message => message.EndsWith(Stays, StringComparison.Ordinal)));
            Assert.IsTrue(Trained.WeightsOf(looked).SequenceEqual(Trained.WeightsOf(plain)));
        }
    }

    [TestMethod]
    public void Fit_AutoResumedAfterTheDecision_MatchesUninterrupted()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var options = Auto();
            var whole = Trained.On(options);
            Assert.IsTrue(whole.Log.Any(message => message.EndsWith(Begins, StringComparison.Ordinal)));
            options.CheckpointPath = Path.Combine(folder.FullName, "state");
            options.Callbacks.Add(NinCallback.AfterEpoch(training =>
            {
                if (training.Epoch == options.NumberOfEpochs - 2)
                    training.Stop();
            }));
            Trained.On(options);
            options.Callbacks.Clear();
            var resumed = Trained.On(options);
            Assert.IsFalse(resumed.Log.Any(message => message.EndsWith(Begins, StringComparison.Ordinal)));
            Assert.IsTrue(whole.Weights.SequenceEqual(resumed.Weights));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    public void Fit_AutoOnRanks_DecidesAlikeOnAll()
    {
        var options = Auto();
        options.BatchSize = 16;
        var ranks = RankTrainings.Run(2, group => RankTrainings.Fit(RankTrainings.With(options, group), take: 321));
        Assert.IsTrue(ranks[0].Weights.SequenceEqual(ranks[1].Weights));
        options.HorizontalFlip = NinTrainer.Mirroring.Off;
        var off = RankTrainings.Run(2, group => RankTrainings.Fit(RankTrainings.With(options, group), take: 321));
        Assert.IsFalse(ranks[0].Weights.SequenceEqual(off[0].Weights));
    }

    private static NinTrainer.Options Auto()
    {
        var options = SyntheticImages.Quick();
        (options.HorizontalFlip, options.NumberOfEpochs) = (NinTrainer.Mirroring.Auto, 8);
        return options;
    }

    private static (NinTransformer Model, List<string> Log) Fit(NinTrainer.Options options, IEnumerable<SyntheticImages.Row> rows)
    {
        var context = new MLContext(1);
        var log = new List<string>();
        context.Log += (_, e) => log.Add(e.Message);
        return (context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, rows)), log);
    }

    /// <summary>Two classes: the bar of the first class turned by a quarter, so that it stands at the left, and its mirror image.</summary>
    private static List<SyntheticImages.Row> Sideways(int count)
    {
        List<SyntheticImages.Row> rows = [.. SyntheticImages.Rows(3 * count).Where(row => row.Label == "class 0")];
        for (var r = 0; r < rows.Count; r++)
        {
            var (upright, isRight) = ((float[])rows[r].Features.Clone(), r % 2 == 1);
            rows[r].Label = isRight ? "right" : "left";
            for (var i = 0; i < upright.Length; i++)
            {
                var (y, x) = (i / SyntheticImages.Side, i % SyntheticImages.Side);
                rows[r].Features[i] = upright[((isRight ? SyntheticImages.Side - 1 - x : x) * SyntheticImages.Side) + y];
            }
        }

        return rows;
    }
}
