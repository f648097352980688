using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training.Callbacks;

[TestClass]
public sealed class MirrorCheckTests
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;
    private const string Stays = "images are not mirrored.", Begins = "from now on images are also mirrored.";

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

        // Shows that the check can fail: with mirroring, left and right are the same.
        var mirrored = Auto();
        mirrored.HorizontalFlip = NinTrainer.Mirroring.On;
        using var confused = Fit(mirrored, rows).Model;
        Assert.IsLessThan(0.9, confused.Model.History[^1].TrainAccuracy);
    }

    // The check comes after a seventh of the steps; the rest are too few for the running statistics to forget their values then.
    [TestMethod]
    public void Fit_AutoThatDecidesAgainst_LeavesNoTraceInTheWeights()
    {
        var (rows, on) = (Sideways(400), Auto());
        (on.NumberOfEpochs, on.BatchSize, on.RestoreBestWeights) = (7, 24, false);
        var off = on.Copy();
        off.HorizontalFlip = NinTrainer.Mirroring.Off;
        var (looked, log) = Fit(on, rows);
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

    // The first rank's own images keep their meaning when mirrored, the second rank's do not: the answer for all ranks is no.
    [TestMethod]
    public void Fit_AutoOnRanksThatDiffer_DecidesFromTheImagesOfAll()
    {
        var (options, log) = (Auto(), new ConcurrentBag<string>());
        options.BatchSize = 16;
        RankTrainings.Run(2, group => RankTrainings.Fit(RankTrainings.With(options, group), take: 320, change: TurnOdd, log: log.Add));
        Assert.IsTrue(log.Any(message => message.EndsWith(Stays, StringComparison.Ordinal)), string.Join('\n', log));
        Assert.IsFalse(log.Any(message => message.EndsWith(Begins, StringComparison.Ordinal)));

        static void TurnOdd(SyntheticImages.Row row)
        {
            if (row.Number % 2 == 1)
                Turn(row, isRight: row.Number % 4 == 1);
        }
    }

    // A network recognizes about this share of its known images when mirrored, too; mirroring swaps the classes of the rest.
    [TestMethod]
    [DataRow(5, Stays)]
    [DataRow(7, Begins)]
    public void Fit_AutoWhereSomeClassesAreSwapped_MirrorsFromThreeFifthsOn(int tenthsKept, string decision)
    {
        var rows = SyntheticImages.Rows(600);
        foreach (var row in rows.Where(row => (int)row.Number / 3 % 10 >= tenthsKept))
            Turn(row, isRight: row.Number % 2 == 1);
        var options = Auto();
        // Asked after the second epoch, it knows nearly all images on every processor.
        options.NumberOfEpochs = 20;
        var (model, log) = Fit(options, rows);
        using (model)
        {
            var said = log.Single(message => message.Contains("of their mirror images", StringComparison.Ordinal));
            StringAssert.EndsWith(said, decision);
            var shares = Regex.Matches(said, @"([0-9.]+) %").Select(match => double.Parse(match.Groups[1].Value, Invariant)).ToArray();
            Assert.AreEqual(tenthsKept / 10.0, shares[1] / shares[0], 0.08, said);
        }
    }

    [TestMethod]
    public void Fit_AutoOnLabelsThatSayNothing_NeverDecides()
    {
        var random = new Random(1);
        var rows = SyntheticImages.Rows(400);
        foreach (var row in rows)
            row.Label = $"class {random.Next(4)}";
        var options = Auto();
        options.NumberOfEpochs = 3;
        var (model, log) = Fit(options, rows);
        using (model)
        {
            Assert.IsTrue(model.Model.History.All(epoch => epoch.TrainAccuracy is > 0.2 and < 0.5));
            Assert.IsFalse(log.Any(message => message.Contains("of their mirror images", StringComparison.Ordinal)));
        }
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

    /// <summary>Two classes: the first class's bar after a quarter turn, which puts it at the left, and its mirror image.</summary>
    private static List<SyntheticImages.Row> Sideways(int count)
    {
        List<SyntheticImages.Row> rows = [.. SyntheticImages.Rows(3 * count).Where(row => row.Label == "class 0")];
        for (var r = 0; r < rows.Count; r++)
            Turn(rows[r], isRight: r % 2 == 1);
        return rows;
    }

    /// <summary>Gives an image a quarter turn and optionally mirrors it: the bar is upright, so mirroring changes its class.</summary>
    private static void Turn(SyntheticImages.Row row, bool isRight)
    {
        var lying = (float[])row.Features.Clone();
        row.Label += isRight ? " right" : " left";
        for (var i = 0; i < lying.Length; i++)
        {
            var (y, x) = (i / SyntheticImages.Side, i % SyntheticImages.Side);
            row.Features[i] = lying[((isRight ? SyntheticImages.Side - 1 - x : x) * SyntheticImages.Side) + y];
        }
    }
}
