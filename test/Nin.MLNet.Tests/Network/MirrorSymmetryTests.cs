using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Native;
using Nin.MLNet.Network;
using Nin.MLNet.Tests.Contract;
using Nin.MLNet.Tests.Training;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

/// <summary>Trainings with <see cref="NinTrainer.Options.SymmetricFilters"/>.</summary>
[TestClass]
public sealed class MirrorSymmetryTests
{
    private static readonly MLContext Context = new(1);

    // Without pooling nothing tells left from right. Odd and even windows, a stride, more and fewer channels than before.
    [TestMethod]
    [DataRow(NinTrainer.Initialization.Whitening)]
    [DataRow(NinTrainer.Initialization.Dirac)]
    [DataRow(NinTrainer.Initialization.Kaiming)]
    public void Fit_Symmetric_ScoresAnImageAndItsMirrorImageAlike(NinTrainer.Initialization initialization)
    {
        var options = Symmetric();
        options.Initialization = initialization;
        options.Architecture = (channels, classes) => new NinArchitecture(
            channels,
            [
                new NinBlock([9, 8], 3, 1, 1), new NinBlock([12, 6], 2, 2, 0), new NinBlock([7, classes], 3, 1, 1),
            ])
        { BatchNorm = true, LastReLU = false };
        using var model = Fit(options);
        var (scores, mirrored) = BothScores(model);
        for (var i = 0; i < scores.Length; i++)
            Assert.AreEqual(scores[i], mirrored[i], 1e-4f);
        // They are not alike because they are all the same.
        Assert.IsGreaterThan(0.05f, scores.Max() - scores.Min());

        options.SymmetricFilters = false;
        using var other = Fit(options);
        var (free, freeMirrored) = BothScores(other);
        Assert.IsGreaterThan(1e-3f, free.Zip(freeMirrored, (a, b) => Math.Abs(a - b)).Max());
    }

    [TestMethod]
    [DataRow(NinTrainer.Optimizer.Sgd, NinTrainer.WeightAveraging.None, 1)]
    [DataRow(NinTrainer.Optimizer.AdamW, NinTrainer.WeightAveraging.Ema, 3)]
    [DataRow(NinTrainer.Optimizer.Sgd, NinTrainer.WeightAveraging.Lookahead, 3)]
    public void Fit_Symmetric_EndsWithPairsThatAreEqualToTheLastBit(
        NinTrainer.Optimizer optimizer, NinTrainer.WeightAveraging averaging, int channels)
    {
        var options = Symmetric();
        (options.Optimizer, options.WeightAveraging, options.Threads) = (optimizer, averaging, 2);
        options.LearningRate = optimizer == NinTrainer.Optimizer.Sgd ? 0.2 : 0.01;
        options.ImageShape = new NinImageShape(channels, SyntheticImages.Side, SyntheticImages.Side / channels);
        using var model = Fit(options);
        Assert.IsTrue(IsSymmetric(model.Model));
        options.SymmetricFilters = false;
        using var other = Fit(options);
        Assert.IsFalse(IsSymmetric(other.Model));
    }

    // It has more components than filters, so its antisymmetric filters are the strongest third.
    [TestMethod]
    public void Fit_SymmetricWhitening_FiltersAreSymmetricOrComeWithTheirMirrorImage()
    {
        var options = Symmetric();
        options.Initialization = NinTrainer.Initialization.Whitening;
        options.Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 16);
        using var model = Fit(options);
        var filters = Trained.WeightsOf(model).Take(8 * 9).Chunk(9).ToList();
        var mirrored = filters.Select(filter => filter.Chunk(3).SelectMany(row => row.Reverse()).ToArray()).ToList();
        int[] partners = [0, 1, 2, 7, 4, 5, 6, 3];
        for (var i = 0; i < 8; i++)
        {
            CollectionAssert.AreEqual(filters[partners[i]], mirrored[i], $"filter {i}");
            for (var value = 0; value < 9; value++)
                Assert.AreEqual(-filters[i][value], filters[(i + 4) % 8][value], 1e-12f, $"filter {i}");
        }
    }

    [TestMethod]
    public void Fit_CollapsedAndDrawnAnew_IsSymmetric()
    {
        var options = Symmetric();
        var isDead = false;
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            if (isDead)
                return;
            isDead = true;
            using var _ = no_grad();
            training.Run.Network.Parameters.FillInPlace(double.NaN);
        }));
        using var model = Fit(options);
        Assert.IsTrue(IsSymmetric(model.Model));
    }

    [TestMethod]
    [DataRow(3)]
    [DataRow(2)]
    public void Fit_FromASymmetricModel_StaysSymmetric(int classes)
    {
        var options = Symmetric();
        using var known = Fit(options);
        options.InitialModel = known.Model;
        using var model = Fit(options, classes);
        Assert.IsTrue(IsSymmetric(model.Model));
    }

    [TestMethod]
    public void Fit_FromAModelThatIsNotSymmetric_SaysSo()
    {
        var options = Symmetric();
        options.SymmetricFilters = false;
        using var known = Fit(options);
        (options.InitialModel, options.SymmetricFilters) = (known.Model, true);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Fit(options).Dispose());
        StringAssert.Contains(error.Message, "the filters of Options.InitialModel are no mirrored pairs");
    }

    // By default from 20,000 images on, where images are mirrored and batch norm can be.
    [TestMethod]
    [DataRow(19_999, NinTrainer.Mirroring.On, true, false)]
    [DataRow(20_000, NinTrainer.Mirroring.On, true, true)]
    [DataRow(20_000, NinTrainer.Mirroring.Off, true, false)]
    [DataRow(20_000, NinTrainer.Mirroring.Auto, true, false)]
    [DataRow(20_000, NinTrainer.Mirroring.On, false, false)]
    public void Fit_Default_IsSymmetricForManyMirroredImages(int images, NinTrainer.Mirroring mirroring, bool batchNorm, bool expected)
    {
        var options = new NinTrainer.Options
        {
            Architecture = (channels, classes) =>
                new NinArchitecture(channels, [new NinBlock([4, classes], 3, 1, 1)]) { BatchNorm = batchNorm, LastReLU = false },
            HorizontalFlip = mirroring,
            NumberOfSteps = 1,
            BatchSize = 16,
            ValidationSetFraction = 0,
            Seed = 1,
        };
        bool? found = null;
        options.Callbacks.Add(NinCallback.AfterStep(training => found = training.Run.Symmetry is not null));
        var rows = Enumerable.Range(0, images).Select(i => new TinyRow { Label = (uint)(i % 2), Features = [i % 7, i % 5, i % 3, i % 2] });
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(Context.Data.LoadFromEnumerable(rows));
        Assert.AreEqual(expected, found);
    }

    // With so few images the default is no symmetry.
    [TestMethod]
    public void Fit_CheckpointOfASymmetricNetwork_ResumesAsSuchOrIsRefused()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var options = Symmetric();
            using var whole = Fit(options);
            options.CheckpointPath = Path.Combine(folder.FullName, "state");
            options.Callbacks.Add(NinCallback.AfterEpoch(training => training.Stop()));
            Fit(options).Dispose();
            options.Callbacks.Clear();
            options.SymmetricFilters = null;
            var error = Assert.Throws<InvalidDataException>(() => Fit(options).Dispose());
            StringAssert.Contains(error.Message, "Options.SymmetricFilters: True there, False here");
            options.SymmetricFilters = true;
            using var resumed = Fit(options);
            Assert.IsTrue(Trained.WeightsOf(whole).SequenceEqual(Trained.WeightsOf(resumed)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    public void Fit_SymmetricOnRanks_MatchesOneProcess()
    {
        var options = RankTrainings.WholeBatch();
        (options.SymmetricFilters, options.NumberOfEpochs) = (true, 10);
        var alone = RankTrainings.Fit(options);
        foreach (var rank in RankTrainings.Run(2, group => RankTrainings.Fit(RankTrainings.With(options, group))))
        {
            for (var i = 0; i < alone.Weights.Length; i++)
                Assert.AreEqual(alone.Weights[i], rank.Weights[i], 1e-4);
        }
    }

    [TestMethod]
    public void Nin_SymmetricFiltersWithAuto_AreRefused()
    {
        var options = new NinTrainer.Options { SymmetricFilters = true, HorizontalFlip = NinTrainer.Mirroring.Auto };
        var error = Assert.Throws<ArgumentException>(() => Context.MulticlassClassification.Trainers.Nin(options));
        StringAssert.Contains(error.Message, "set Mirroring.On, or leave SymmetricFilters null");
    }

    private static NinTrainer.Options Symmetric()
    {
        var options = SyntheticImages.Quick();
        (options.HorizontalFlip, options.SymmetricFilters, options.ValidationSetFraction) = (NinTrainer.Mirroring.On, true, 0);
        return options;
    }

    private static NinTransformer Fit(NinTrainer.Options options, int classes = 3, Action<string>? log = null)
    {
        var context = new MLContext(1);
        context.Log += (_, e) => log?.Invoke(e.Message);
        return context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, 160, classes));
    }

    private static bool IsSymmetric(NinModelParameters model)
    {
        using var network = new NinNetwork(model.Architecture, CPU);
        model.CopyWeightsTo(network);
        using var symmetry = new MirrorSymmetry(network);
        using var buffers = network.Buffers.clone();
        symmetry.AverageStatistics(buffers);
        return symmetry.Holds(network.Parameters) && buffers.Equals(network.Buffers);
    }

    /// <summary>The scores of some images and of their mirror images.</summary>
    private static (float[] Scores, float[] Mirrored) BothScores(NinTransformer model) =>
        (Scores(model, SyntheticImages.Rows(30, seed: 2)), Scores(model, Mirrored(SyntheticImages.Rows(30, seed: 2))));

    private static float[] Scores(NinTransformer model, IEnumerable<SyntheticImages.Row> rows) =>
        [.. model.Transform(SyntheticImages.Keyed(Context, rows)).GetColumn<float[]>("Score").SelectMany(scores => scores)];

    private static List<SyntheticImages.Row> Mirrored(IEnumerable<SyntheticImages.Row> rows)
    {
        var all = rows.ToList();
        foreach (var row in all)
            row.Features = [.. row.Features.Chunk(SyntheticImages.Side).SelectMany(line => line.Reverse())];
        return all;
    }

    private sealed class TinyRow
    {
        [KeyType(2)]
        public uint Label { get; set; }

        [VectorType(4)]
        public float[] Features { get; set; } = [];
    }
}
