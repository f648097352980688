using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Network;
using Nin.MLNet.Tests.Contract;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

/// <summary>A program may also use TorchSharp for other things and change its defaults: that must not affect us.</summary>
[TestClass]
public sealed class HostDefaultsTests
{
    [TestMethod]
    [DataRow(NinTrainer.Precision.Float32)]
    [DataRow(NinTrainer.Precision.BFloat16)]
    public void FitAndTransform_HostSetFloat64_GiveTheSameScores(NinTrainer.Precision precision)
    {
        var expected = Scores(precision);
        set_default_dtype(ScalarType.Float64);
        try
        {
            CollectionAssert.AreEqual(expected, Scores(precision));
        }
        finally
        {
            set_default_dtype(ScalarType.Float32);
        }
    }

    [TestMethod]
    public void Network_HostSetAnotherDevice_StaysOnItsOwn()
    {
        // Tensors on this device have no memory, so nothing created there can be used in a computation.
        set_default_device(META);
        try
        {
            using var scope = NewDisposeScope();
            using var network = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
            WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
            network.Forward(zeros(4, 1, 12, 12, device: CPU), new DropoutRandom(1)).sum().backward();
            using var scoring = new InferenceNetwork(network, new Normalization([0], [1]), null, NinTrainer.Precision.Auto);
            var scores = new float[3];
            scoring.Score(new float[144], new NinImageShape(1, 12, 12), 1, scores, threads: 1);
            Assert.AreEqual(1, scores.Sum(), 1e-5f);
        }
        finally
        {
            set_default_device(CPU);
        }
    }

    [TestMethod]
    public void Network_MadeInInferenceMode_CanBeTrained()
    {
        using var scope = NewDisposeScope();
        NinNetwork network;
        using (inference_mode())
            network = new NinNetwork(NinArchitecture.Small(1, 3, 8), CPU);
        using (network)
        {
            WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
            network.Forward(randn(4, 1, 12, 12), new DropoutRandom(1)).sum().backward();
            Assert.IsGreaterThan(0f, network.Gradients.norm().item<float>());
        }
    }

    [TestMethod]
    [DataRow("no_grad")]
    [DataRow("inference_mode")]
    [DataRow("set_grad_enabled")]
    public void FitAndTransform_HostRecordsNoGradients_GiveTheSameScores(string mode)
    {
        var expected = Scores(NinTrainer.Precision.Float32);
        using IDisposable _ = mode switch
        {
            "no_grad" => no_grad(),
            "inference_mode" => inference_mode(),
            _ => set_grad_enabled(false),
        };
        CollectionAssert.AreEqual(expected, Scores(NinTrainer.Precision.Float32));
    }

    private static float[] Scores(NinTrainer.Precision precision)
    {
        var context = new MLContext(1);
        var data = SyntheticImages.Keyed(context, 60);
        var options = SyntheticImages.Quick();
        options.Precision = precision;
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        return [.. model.Transform(data).GetColumn<float[]>("Score").SelectMany(score => score)];
    }
}
