using Microsoft.ML;
using Nin.MLNet.Tests.Contract;
using Nin.MLNet.Training;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Training;

[TestClass]
public sealed class CutMixTests
{
    private const int Count = 4, Height = 6, Width = 10;

    [TestMethod]
    public void Apply_EveryBatch_ShowsARectangleOfTheOtherImage()
    {
        using var scope = NewDisposeScope();
        // Two channels, each image of one value.
        var images = arange(Count, dtype: ScalarType.Float32).reshape(Count, 1, 1, 1).expand(Count, 2, Height, Width).contiguous();
        var random = new Random(1);
        var (shares, unmixed) = (new List<double>(), 0);
        for (var draw = 0; draw < 300; draw++)
        {
            var mixed = new CutMix(1).Apply(images, random);
            var pixels = mixed.Images.data<float>().ToArray();
            if (mixed.Others is not { } others)
            {
                unmixed++;
                continue;
            }

            long[] order = others.data<long>().ToArray();
            CollectionAssert.AreEquivalent(new long[] { 0, 1, 2, 3 }, order);
            var (height, width) = (0, 0);
            for (var image = 0; image < Count; image++)
            {
                float[] channel = pixels[(image * 2 * Height * Width)..(((image * 2) + 1) * Height * Width)];
                float[] second = pixels[(((image * 2) + 1) * Height * Width)..((image + 1) * 2 * Height * Width)];
                CollectionAssert.AreEqual(channel, second);
                Assert.IsTrue(channel.All(value => value == image || value == order[image]));
                if (order[image] == image)
                    continue;
                int[] inside = [.. Enumerable.Range(0, channel.Length).Where(at => channel[at] != image)];
                (height, width) = (inside.DistinctBy(at => at / Width).Count(), inside.DistinctBy(at => at % Width).Count());
                Assert.AreEqual(height * width, inside.Length, "a rectangle");
                Assert.AreEqual(1 - ((double)inside.Length / channel.Length), mixed.Share, 1e-9);
            }

            shares.Add(mixed.Share);
        }

        // Areas are uniform; the smallest ones round to nothing.
        Assert.IsLessThan(15, unmixed);
        Assert.AreEqual(0.5, shares.Average(), 0.06);
        Assert.IsTrue(shares.Min() < 0.1 && shares.Max() > 0.9, $"{shares.Min()} to {shares.Max()}");
        // The images themselves stay.
        Assert.AreEqual((double)(0 + 1 + 2 + 3) * 2 * Height * Width, images.sum().item<float>());
    }

    [TestMethod]
    public void Apply_AQuarterOfTheBatches_LeavesTheOthers()
    {
        using var scope = NewDisposeScope();
        var images = zeros([Count, 1, 20, 20], dtype: ScalarType.Float32);
        var random = new Random(1);
        var mixed = Enumerable.Range(0, 400).Count(_ => new CutMix(0.25).Apply(images, random).Others is not null);
        Assert.AreEqual(100, mixed, 25);
    }

    [TestMethod]
    public void Apply_ChannelsLast_StaysSo()
    {
        using var scope = NewDisposeScope();
        var images = rand([Count, 3, Height, Width], dtype: ScalarType.Float32).permute(0, 3, 1, 2).contiguous().permute(0, 2, 3, 1);
        var mixed = new CutMix(1).Apply(images, new Random(2));
        Assert.IsNotNull(mixed.Others);
        CollectionAssert.AreEqual(images.stride(), mixed.Images.stride());
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Fit_Mixed_LearnsTheClassesAndTheSameWeightsAgain(bool weighted)
    {
        var (first, again, plain) = (Fit(1), Fit(1), Fit(0));
        CollectionAssert.AreEqual(first.Weights, again.Weights);
        CollectionAssert.AreNotEqual(first.Weights, plain.Weights);
        // Two labels cannot both be answered with certainty.
        Assert.IsGreaterThan(plain.History[^1].TrainLoss + 0.1, first.History[^1].TrainLoss);
        Assert.IsGreaterThan(0.9, first.History[^1].ValidationAccuracy!.Value);

        Trained Fit(double probability)
        {
            var options = SyntheticImages.Quick();
            (options.CutMixProbability, options.NumberOfEpochs, options.LabelSmoothing) = (probability, 12, 0);
            options.ClassWeights = weighted ? NinClassWeights.Create([1, 2, 0.5]) : null;
            return Trained.On(options);
        }
    }

    [TestMethod]
    public void LookOnly_ImagesThatAreMixedToLearnFrom_LooksAtThemUnmixed()
    {
        CollectionAssert.AreEqual(Losses(0), Losses(1));

        // Of the weights that training starts from, which are the same.
        static double[] Losses(double probability)
        {
            var options = SyntheticImages.Quick();
            (options.CutMixProbability, options.NumberOfSteps) = (probability, 1);
            double[] losses = [];
            options.Callbacks.Add(new AtStart(training => losses =
            [
                .. Enumerable.Range(0, 5).Select(look =>
                {
                    training.Run.Learner.LookOnly(look);
                    return training.Run.Look.Loss;
                }),
            ]));
            Trained.On(options);
            Assert.IsGreaterThan(1, losses.Distinct().Count());
            return losses;
        }
    }

    [TestMethod]
    [DataRow(NinTrainer.Mirroring.On, 40, 1)]
    [DataRow(NinTrainer.Mirroring.On, 39, null)]
    [DataRow(NinTrainer.Mirroring.Off, 40, null)]
    // Finds out after a tenth of the steps that mirror images mean the same.
    [DataRow(NinTrainer.Mirroring.Auto, 40, 5)]
    public void Fit_MixingLeftToTheTraining_MixesMirroredImagesThatAreSeenOften(NinTrainer.Mirroring flip, int epochs, int? from)
    {
        var options = SyntheticImages.Quick();
        (options.HorizontalFlip, options.NumberOfEpochs) = (flip, epochs);
        var plain = Trained.On(options);
        options.CutMixProbability = null;
        var left = Trained.On(options);
        var begun = left.Log.Where(message => message.Contains("mixed with one another", StringComparison.Ordinal)).ToArray();
        Assert.HasCount(from is null ? 0 : 1, begun);
        if (from is not null)
            StringAssert.Contains(begun[0], $"From epoch {from} on, images are mixed with one another (CutMix) with probability 0.5;");
        // The first epoch that differs.
        var losses = plain.History.Zip(left.History, (one, other) => (one.Epoch, IsSame: one.TrainLoss == other.TrainLoss));
        Assert.AreEqual(from, losses.FirstOrDefault(epoch => !epoch.IsSame) is { Epoch: > 0 and var epoch } ? epoch : null);
    }

    [TestMethod]
    public void Fit_MixingLeftToTheTrainingAndResumed_MatchesUninterrupted()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var options = SyntheticImages.Quick();
            (options.HorizontalFlip, options.CutMixProbability, options.NumberOfEpochs) = (NinTrainer.Mirroring.Auto, null, 40);
            var whole = Trained.On(options);
            options.CheckpointPath = Path.Combine(folder.FullName, "state");
            options.Callbacks.Add(NinCallback.AfterEpoch(training =>
            {
                if (training.Epoch == 30)
                    training.Stop();
            }));
            Trained.On(options);
            options.Callbacks.Clear();
            Assert.IsTrue(whole.Weights.SequenceEqual(Trained.On(options).Weights));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    public void Fit_TwoClassesMixed_IsNoCollapse()
    {
        // The loss of half and half is that of a blind guess.
        var options = SyntheticImages.Quick();
        (options.CutMixProbability, options.NumberOfEpochs, options.ValidationSetFraction) = (1, 40, 0);
        options.OnCollapse = NinTrainer.CollapseAction.Throw;
        var context = new MLContext(1);
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, 96, classes: 2));
        Assert.IsLessThan(0.65, model.Model.History[^1].TrainLoss);
    }
}
