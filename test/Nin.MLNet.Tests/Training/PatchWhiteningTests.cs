using Microsoft.ML;
using Nin.MLNet.Tests.Contract;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Training;

/// <summary>The first layer's filters under <see cref="NinTrainer.Initialization.Whitening"/>.</summary>
[TestClass]
public sealed class PatchWhiteningTests
{
    private static readonly MLContext Context = new(1);

    [TestMethod]
    [DataRow(1, 8)]
    [DataRow(3, 16)]
    public void Fit_Whitening_FiltersOfPatchesAreUncorrelatedOfEqualVarianceAndComeInPairs(int channels, int width)
    {
        var options = Whitening();
        options.Architecture = (_, classes) => NinArchitecture.Small(channels, classes, width);
        options.ImageShape = new NinImageShape(channels, SyntheticImages.Side, SyntheticImages.Side / channels);
        float[]? filters = null;
        double[,]? covariance = null;
        options.Callbacks.Add(new AtStart(training =>
        {
            filters = Filters(training);
            covariance = Covariance(training, filters);
        }));
        Trained.On(options);
        var outputs = covariance!.GetLength(0);
        Assert.AreEqual(width / 2, outputs);
        for (var i = 0; i < outputs; i++)
        {
            for (var j = 0; j < outputs; j++)
            {
                var expected = i == j ? 1 : Math.Abs(i - j) == outputs / 2 ? -1 : 0;
                Assert.AreEqual(expected, covariance[i, j], 0.02, $"outputs {i} and {j}");
            }
        }

        var half = filters!.Length / 2;
        Assert.IsTrue(filters.Take(half).SequenceEqual(filters.Skip(half).Select(value => -value)));
        // Scaled to equal variance, the strongest component has the smallest filter.
        var sizes = filters.Take(half).Chunk(9 * channels).Select(filter => filter.Sum(value => value * value)).ToList();
        Assert.IsTrue(sizes.SequenceEqual(sizes.Order()), string.Join(' ', sizes));
        Assert.IsLessThan(1, sizes[0]);
    }

    [TestMethod]
    public void Fit_Whitening_KeepsTheFilters()
    {
        float[][] filters = [];
        var options = Whitening();
        options.Callbacks.Add(new AtStart(training => filters = [Filters(training)]));
        options.Callbacks.Add(NinCallback.AfterEpoch(training => filters = [.. filters, Filters(training)]));
        Trained.On(options);
        Assert.HasCount(1 + 3, filters);
        Assert.IsTrue(filters.All(filters[0].SequenceEqual));
        // Those of other kinds are learnt.
        options.Initialization = NinTrainer.Initialization.Dirac;
        Trained.On(options);
        Assert.IsFalse(filters[0].SequenceEqual(filters[^1]));
    }

    // Nine values a patch make 18 filters; the first layer has 20.
    [TestMethod]
    public void Fit_MoreFiltersThanComponents_LeavesTheRestAsDrawn()
    {
        float[] filters = [];
        var options = Whitening();
        options.Architecture = (_, classes) => NinArchitecture.Small(1, classes, 40);
        options.NumberOfEpochs = 1;
        options.Callbacks.Add(new AtStart(training => filters = Filters(training)));
        Trained.On(options);
        var drawn = filters[(18 * 9)..];
        Assert.HasCount(2 * 9, drawn);
        Assert.IsTrue(drawn.All(value => value != 0 && float.IsFinite(value)));
    }

    // Within an image all pixels are alike, so that its patches hardly vary but in their mean.
    [TestMethod]
    public void Fit_ImagesWithoutStructure_LearnsTheirBrightness()
    {
        var rows = SyntheticImages.Rows(160);
        foreach (var row in rows)
            row.Features.AsSpan().Fill(80 * (row.Number % 3));
        var options = Whitening();
        options.NumberOfEpochs = 8;
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(Context, rows));
        Assert.IsTrue(Trained.WeightsOf(model).All(float.IsFinite));
        Assert.IsGreaterThan(0.95, model.Model.History[^1].TrainAccuracy);
    }

    [TestMethod]
    public void Fit_WhiteningOnRanks_TakesThePatchesOfAll()
    {
        var filters = new float[3][];
        var ranks = RankTrainings.Run(2, group =>
        {
            var options = Whitening();
            (options.BatchSize, options.ValidationSetFraction) = (16, 0);
            options.Callbacks.Add(new AtStart(training => filters[group.Rank] = Filters(training)));
            return RankTrainings.Fit(RankTrainings.With(options, group));
        });
        Assert.IsTrue(ranks[0].Weights.SequenceEqual(ranks[1].Weights));
        var alone = Whitening();
        alone.ValidationSetFraction = 0;
        alone.Callbacks.Add(new AtStart(training => filters[2] = Filters(training)));
        RankTrainings.Fit(alone);
        for (var i = 0; i < filters[2].Length; i++)
            Assert.AreEqual(Math.Abs(filters[2][i]), Math.Abs(filters[0][i]), 1e-3);
    }

    [TestMethod]
    public void Fit_InitialModelOfAnotherKind_LearnsItsFilters()
    {
        var options = Whitening();
        var data = SyntheticImages.Keyed(Context, 160);
        using var first = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        options.InitialModel = first.Model;
        float[][] filters = [];
        options.Callbacks.Add(new AtStart(training => filters = [Filters(training)]));
        options.Callbacks.Add(NinCallback.AfterStep(training => filters = [filters[0], Filters(training)]));
        using var second = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        Assert.IsFalse(filters[0].SequenceEqual(filters[1]));
    }

    // The only convolution gives the logits: with fixed filters nothing but its bias would learn.
    [TestMethod]
    public void Fit_NetworkOfOneConvolution_LearnsItsFilters()
    {
        float[][] filters = [];
        var options = Whitening();
        options.Architecture = (channels, classes) =>
            new NinArchitecture(channels, [new NinBlock([classes], 3, 1, 1)]) { BatchNorm = true, LastReLU = false };
        options.Callbacks.Add(new AtStart(training => filters = [Filters(training)]));
        options.Callbacks.Add(NinCallback.AfterEpoch(training => filters = [filters[0], Filters(training)]));
        var trained = Trained.On(options);
        Assert.IsEmpty(trained.Warnings);
        Assert.IsFalse(filters[0].SequenceEqual(filters[1]));
    }

    // Eight channels in and out: on some processors this layer is computed by the library's own kernels.
    [TestMethod]
    public void Fit_FixedFiltersWithoutBatchNorm_LearnsTheirBias()
    {
        float[] bias = [];
        var options = Whitening();
        options.ImageShape = new NinImageShape(8, 6, 3);
        options.Architecture = (channels, classes) =>
            new NinArchitecture(channels, [new NinBlock([8, classes], 3, 1, 1)]) { LastReLU = false };
        options.Callbacks.Add(NinCallback.AfterEpoch(training => bias = Values(training, 1)));
        Trained.On(options);
        Assert.HasCount(8, bias);
        Assert.IsTrue(bias.All(value => value != 0), string.Join(' ', bias));
    }

    [TestMethod]
    public void Fit_MoreValuesInAPatchThanTheirCovarianceMayHave_SaysSo()
    {
        var options = Whitening();
        options.Architecture = (channels, classes) =>
            new NinArchitecture(channels, [new NinBlock([8, classes], 65, 1, 32)]) { LastReLU = false };
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Trained.On(options));
        StringAssert.Contains(error.Message, "reads 4,225 values for a pixel: expected at most 4,096. Set Initialization.Dirac.");
    }

    // Each image holds more patches than are taken. The stripes of every second one lie across those of the others.
    [TestMethod]
    public void Fit_LargeImages_TakesThePatchesOfManyOfThem()
    {
        const int side = 1_300;
        float[] filters = [];
        var options = Whitening();
        options.Architecture = (channels, classes) =>
            new NinArchitecture(channels, [new NinBlock([2, classes], 3, 1, 1) { Pooling = new NinPooling(NinPoolingKind.Max, 3, 2) }])
            {
                LastReLU = false,
            };
        (options.NumberOfSteps, options.NumberOfEpochs, options.BatchSize, options.ValidationSetFraction) = (1, null, 1, 0);
        options.Callbacks.Add(new AtStart(training => filters = Filters(training)));
        var rows = Enumerable.Range(0, 6).Select(i => new LargeRow { Label = (uint)(i % 2), Features = Striped(i) });
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(Context.Data.LoadFromEnumerable(rows));
        // Of the images of one kind alone, the strongest component would be three quarters as strong above the middle as beside it.
        Assert.AreEqual(filters[1], filters[3], 0.02 * filters.Max(Math.Abs));

        static float[] Striped(int image)
        {
            var pixels = new float[side * side];
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = (image % 2 == 0 ? i / side : i % side) / 4 % 2 * 255;
            return pixels;
        }
    }

    // Every third of 126x126 patches would do, but then those of 42 columns stand for all; every second one, those of the grey columns.
    [TestMethod]
    public void Fit_FewPatchesOfEachImage_TakesThemFromAllColumns()
    {
        const int side = 126;
        float[] filters = [];
        var options = Whitening();
        (options.NumberOfSteps, options.NumberOfEpochs, options.BatchSize, options.ValidationSetFraction) = (1, null, 4, 0);
        options.ImageShape = new NinImageShape(1, side, side);
        options.Callbacks.Add(new AtStart(training => filters = Filters(training)));
        var random = new Random(1);
        var rows = Enumerable.Range(0, 64).Select(i => new FlatRow { Label = (uint)(i % 2), Features = Noise() }).ToList();
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(
            Context.Data.LoadFromEnumerable(rows, SchemaDefinition(side * side)));
        var middle = filters.Where((_, i) => i % 3 == 1).Max(Math.Abs);
        Assert.IsGreaterThan(0.1 * filters.Max(Math.Abs), middle);

        float[] Noise()
        {
            var pixels = new float[side * side];
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = i % 2 == 0 ? 127.5f : random.Next(256);
            return pixels;
        }

        static Microsoft.ML.Data.SchemaDefinition SchemaDefinition(int size)
        {
            var schema = Microsoft.ML.Data.SchemaDefinition.Create(typeof(FlatRow));
            schema[nameof(FlatRow.Features)].ColumnType =
                new Microsoft.ML.Data.VectorDataViewType(Microsoft.ML.Data.NumberDataViewType.Single, size);
            return schema;
        }
    }

    /// <summary>Fixed filters lie elsewhere in memory, so what Auto means must not change under a checkpoint.</summary>
    [TestMethod]
    public void Fit_CheckpointOfAnotherInitialization_ComparesWhatAutoMeans()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var options = SyntheticImages.Quick();
            (options.Initialization, options.CheckpointPath) =
                (NinTrainer.Initialization.Dirac, Path.Combine(folder.FullName, "state"));
            options.Callbacks.Add(NinCallback.AfterEpoch(training => training.Stop()));
            Trained.On(options);
            options.Callbacks.Clear();
            options.Initialization = NinTrainer.Initialization.Whitening;
            var other = Assert.ThrowsExactly<InvalidDataException>(() => Trained.On(options));
            StringAssert.Contains(other.Message, "Options.Initialization: Dirac there, Whitening here");
            options.Initialization = NinTrainer.Initialization.Auto;
            var resumed = Trained.On(options);
            Assert.IsTrue(resumed.Log.Any(message => message.Contains("after epoch 1", StringComparison.Ordinal)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static NinTrainer.Options Whitening()
    {
        var options = SyntheticImages.Quick();
        options.Initialization = NinTrainer.Initialization.Whitening;
        return options;
    }

    private static float[] Filters(NinTrainingContext training) => Values(training, 0);

    private static float[] Values(NinTrainingContext training, int number)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return training.Run.Network.State[number].Value.detach().cpu().contiguous().data<float>().ToArray();
    }

    /// <summary>Of the filters' outputs over all patches of the training images, computed pixel by pixel: [O, O].</summary>
    private static double[,] Covariance(NinTrainingContext training, float[] filters)
    {
        using var scope = NewDisposeScope();
        var (settings, layer) = (training.Run.Settings, training.Architecture.Layers[0]);
        var size = filters.Length / layer.Out;
        var sums = new double[layer.Out, layer.Out];
        var count = 0L;
        foreach (var batch in training.Run.Train.Batches(32, seed: null))
        {
            var shape = batch.Pixels.shape;
            var pixels = batch.Pixels.to(ScalarType.Float32).contiguous().data<float>().ToArray();
            for (var n = 0; n < shape[0]; n++)
            {
                for (var y = 0; y < shape[2]; y++)
                {
                    for (var x = 0; x < shape[3]; x++)
                    {
                        var outputs = new double[layer.Out];
                        for (var k = 0; k < filters.Length; k++)
                        {
                            var (c, dy, dx) = (k % size / 9, (k % 9 / 3) - 1, (k % 3) - 1);
                            if (y + dy >= 0 && y + dy < shape[2] && x + dx >= 0 && x + dx < shape[3])
                                outputs[k / size] += filters[k]
                                    * (pixels[(((((n * shape[1]) + c) * shape[2]) + y + dy) * shape[3]) + x + dx]
                                        - settings.Normalization.Mean[c]) / settings.Normalization.Std[c];
                        }

                        for (var i = 0; i < layer.Out; i++)
                        {
                            for (var j = 0; j < layer.Out; j++)
                                sums[i, j] += outputs[i] * outputs[j];
                        }

                        count++;
                    }
                }
            }
        }

        for (var i = 0; i < layer.Out; i++)
        {
            for (var j = 0; j < layer.Out; j++)
                sums[i, j] /= count;
        }

        return sums;
    }

    private sealed class FlatRow
    {
        [Microsoft.ML.Data.KeyType(2)]
        public uint Label { get; set; }

        public float[] Features { get; set; } = [];
    }

    private sealed class LargeRow
    {
        [Microsoft.ML.Data.KeyType(2)]
        public uint Label { get; set; }

        [Microsoft.ML.Data.VectorType(1, 1_300, 1_300)]
        public float[] Features { get; set; } = [];
    }
}
