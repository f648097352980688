using Microsoft.ML;
using TorchSharp;

namespace Nin.MLNet.Tests.Contract;

/// <summary>
/// Training and scoring on a GPU; skipped if there is none. Run them in a separate process, because a fault there ends all work on the
/// device: CONTRIBUTING.md has the command.
/// </summary>
[TestClass]
public sealed class CudaTests
{
    /// <summary>Number formats round, and a GPU's float32 convolutions use a ten-bit mantissa.</summary>
    private const double Tolerance = 0.03;
    private static readonly MLContext Context = new(1);

    [TestInitialize]
    public void NeedsAGpu()
    {
        if (!torch.cuda.is_available())
            Assert.Inconclusive("there is no CUDA device.");
    }

    [TestMethod]
    [DataRow(NinTrainer.Precision.Float32)]
    [DataRow(NinTrainer.Precision.BFloat16)]
    public void Fit_LayersOfAnyNumberOfChannels_ScoreAsOnTheCpu(NinTrainer.Precision precision)
    {
        // These views of the flat weights start at offsets that are not aligned for reading four numbers at once.
        var options = Quick(precision);
        options.Architecture = (channels, classes) => new NinArchitecture(channels,
        [
            new NinBlock([6, 5, 7], 3, 1, 1) { Pooling = new NinPooling(NinPoolingKind.Max, 3, 2), Dropout = 0.1 },
            new NinBlock([9, classes], 3, 1, 1),
        ])
        { BatchNorm = true, LastReLU = false };
        AssertScoresAsOnTheCpu(options);
    }

    [TestMethod]
    [DataRow(NinTrainer.Precision.Float32)]
    [DataRow(NinTrainer.Precision.BFloat16)]
    public void Fit_TheDefaultNetwork_LearnsAndScoresAsOnTheCpu(NinTrainer.Precision precision)
    {
        var options = Quick(precision);
        options.NumberOfEpochs = 20;
        var data = SyntheticImages.Keyed(Context, 120);
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        Assert.IsGreaterThan(0.9, Context.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy);
        AssertScoresAsOnTheCpu(options);
    }

    [TestMethod]
    public void Fit_CheckpointOfATrainingOnTheGpu_IsGoneOnWith()
    {
        var path = Path.GetTempFileName();
        File.Delete(path);
        try
        {
            var options = Quick(NinTrainer.Precision.Float32);
            using var source = new CancellationTokenSource();
            (options.CheckpointPath, options.CancellationToken, options.NumberOfEpochs) = (path, source.Token, 4);
            options.Callbacks.Add(new StopAfter(2, source));
            var data = SyntheticImages.Keyed(Context, 60);
            Assert.ThrowsExactly<OperationCanceledException>(() => Context.MulticlassClassification.Trainers.Nin(options).Fit(data));
            (options.CancellationToken, options.Callbacks) = (default, []);
            using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
            Assert.HasCount(4, model.Model.History);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void Fit_ManyTrainings_LeaveNoTensor()
    {
        var data = SyntheticImages.Keyed(Context, 60);
        using (Context.MulticlassClassification.Trainers.Nin(Quick(NinTrainer.Precision.BFloat16)).Fit(data))
        {
        }

        var before = torch.Tensor.TotalCount;
        for (var i = 0; i < 3; i++)
        {
            using var model = Context.MulticlassClassification.Trainers.Nin(Quick(NinTrainer.Precision.BFloat16)).Fit(data);
            TrainerContractTests.Scores(model, data);
        }

        Assert.AreEqual(before, torch.Tensor.TotalCount);
    }

    private static NinTrainer.Options Quick(NinTrainer.Precision precision)
    {
        var options = SyntheticImages.Quick();
        (options.Device, options.Precision) = ("cuda", precision);
        return options;
    }

    private static void AssertScoresAsOnTheCpu(NinTrainer.Options options)
    {
        var data = SyntheticImages.Keyed(Context, 60);
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        Assert.StartsWith("cuda", model.ScoringDevice);
        var onTheGpu = TrainerContractTests.Scores(model, data);
        model.ScoringDevice = "cpu";
        foreach (var (gpu, cpu) in onTheGpu.Zip(TrainerContractTests.Scores(model, data)))
            Assert.AreEqual(cpu, gpu, Tolerance);
    }

    private sealed class StopAfter(int epochs, CancellationTokenSource source) : NinCallback
    {
        public override void OnEpoch(NinTrainingContext training)
        {
            if (training.Epoch == epochs)
                source.Cancel();
        }
    }
}
