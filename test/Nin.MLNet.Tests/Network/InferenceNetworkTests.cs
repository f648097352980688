using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Arithmetic;
using Nin.MLNet.Network;
using Nin.MLNet.Tests.Contract;
using Nin.MLNet.Tests.Native;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

[TestClass]
public sealed class InferenceNetworkTests
{
    private const string Marker = "== steady";

    [TestMethod]
    [DataRow(NinTrainer.Precision.Float32, 1e-4)]
    [DataRow(NinTrainer.Precision.BFloat16, 5e-2)]
    public void Logits_FoldedBatchNorm_MatchTheNetworkTheyCameFrom(NinTrainer.Precision precision, double tolerance)
    {
        using var network = Drawn(NinArchitecture.Small(1, 3, 8));
        using var scope = NewDisposeScope();
        var images = randn(5, 1, 12, 12);
        using var scoring = new InferenceNetwork(network, new Normalization([0], [1]), null, precision);
        var logits = new float[15];
        scoring.Logits(images.data<float>().ToArray(), new NinImageShape(1, 12, 12), 5, logits, threads: 1);
        var expected = ByHand(network, images).data<double>().ToArray();
        var scale = expected.Max(Math.Abs);
        for (var i = 0; i < 15; i++)
            Assert.AreEqual(expected[i], logits[i], tolerance * scale);
    }

    [TestMethod]
    [DataRow("0.0.weight", "'weight' of layer 0.0, Conv2d(1 -> 4")]
    [DataRow("6.4.running_var", "'running_var' of layer 6.4, BatchNorm2d(32)")]
    public void Constructor_NumberThatIsNotFinite_NamesItsLayerAndTheWayOut(string name, string where)
    {
        using var network = Drawn(NinArchitecture.Small(1, 3, 8));
        using (no_grad())
            network.State.Single(entry => entry.Name == name).Value.view(-1).narrow(0, 3, 1).fill_(float.NaN);
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => new InferenceNetwork(network, new Normalization([0], [1]), null, NinTrainer.Precision.Auto));
        StringAssert.Contains(error.Message, where);
        StringAssert.Contains(error.Message, "train again");
    }

    // Finite, but its square root is not a number.
    [TestMethod]
    public void Constructor_VarianceBelowZero_NamesItsLayer()
    {
        using var network = Drawn(NinArchitecture.Small(1, 3, 8));
        using (no_grad())
            network.State.Single(entry => entry.Name == "0.1.running_var").Value.narrow(0, 3, 1).fill_(-1);
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => new InferenceNetwork(network, new Normalization([0], [1]), null, NinTrainer.Precision.Auto));
        StringAssert.Contains(error.Message, "layer 0.0, Conv2d(");
    }

    [TestMethod]
    public void ImagesPerBatch_WideLayerInsideABlock_Counts()
    {
        var shape = new NinImageShape(3, 224, 224);
        // 103 MB of float32 for one image.
        Assert.AreEqual(2, Images(inside: 512));
        Assert.IsGreaterThan(2, Images(inside: 4));

        int Images(int inside) => InferenceNetwork.ImagesPerBatch(
            new NinArchitecture(3, [new NinBlock([inside, 2], 3, 1, 1)]), shape, threads: 2);
    }

    [TestMethod]
    public void Transform_WeightsThatAreNotFinite_ThrowsInsteadOfScoring()
    {
        var context = new MLContext(1);
        var data = SyntheticImages.Keyed(context, 60);
        using var model = context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(data);
        var path = Path.GetTempFileName();
        model.Model.SaveWeights(path);
        var bytes = File.ReadAllBytes(path);
        // The last number in the file: some layer's weight or statistic.
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 4), float.PositiveInfinity);
        File.WriteAllBytes(path, bytes);
        using var damaged = model.WithWeights(path);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => damaged.Transform(data).GetColumn<float[]>("Score").ToList());
        StringAssert.Contains(error.Message, "cannot score");
        File.Delete(path);
    }

    [TestMethod]
    public void Forward_SecondTime_LaysNoWeightOutAnew()
    {
        foreach (var processor in new[] { [], ChildProcess.WithoutAvx512 })
        {
            var output = ChildProcess.Run(
                nameof(Forward_InThisProcess_OfAllSizes), [.. processor, ("ONEDNN_VERBOSE", "1"), ("NIN_FAST_KERNELS", null)]);
            // Where our own arithmetic scores in float32, oneDNN is not used.
            var floatsAreOurs = processor.Length > 0 || ProductKernel.IsSupported;
            var steady = output.Split(Marker).Where((_, i) => i % 2 == 1).ToList();
            // Two networks and three sizes, in each format that the processor supports, float32 first.
            Assert.IsTrue(steady.Count is 6 or 12, $"{steady.Count} forwards");
            foreach (var (i, part) in steady.Index())
            {
                Assert.IsFalse(part.Contains(",reorder,", StringComparison.Ordinal), part);
                if (RuntimeInformation.ProcessArchitecture == Architecture.X64)
                    Assert.AreEqual(i >= 6 || !floatsAreOurs, part.Contains(",convolution,", StringComparison.Ordinal), part);
            }
        }
    }

    /// <summary>
    /// Run by <see cref="Forward_SecondTime_LaysNoWeightOutAnew"/>; what oneDNN does in a second forward is between two markers.
    /// </summary>
    [TestMethod]
    public void Forward_InThisProcess_OfAllSizes()
    {
        if (Environment.GetEnvironmentVariable("ONEDNN_VERBOSE") is null)
            return;
        // Unbuffered: oneDNN writes to the same stream immediately, whereas a test's console holds its lines back.
        using var console = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(1, ownsHandle: false), FileAccess.Write, 0);
        var native = WorkingPrecision.Resolve(NinTrainer.Precision.Auto, CPU) == ScalarType.BFloat16;
        NinTrainer.Precision[] lesser = [NinTrainer.Precision.Float32];
        foreach (var precision in native ? [.. lesser, NinTrainer.Precision.BFloat16] : lesser)
        {
            foreach (var (architecture, side) in new[] { (NinArchitecture.Small(), 28), (NinArchitecture.D2L(), 72) })
            {
                using var network = new NinNetwork(architecture, CPU);
                WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
                using var scoring = new InferenceNetwork(network, new Normalization([0], [1]), null, precision);
                foreach (var images in new[] { 1, 7, 128 })
                {
                    using var scope = NewDisposeScope();
                    using var pixels = randn(images, 1, side, side);
                    scoring.Forward(pixels);
                    Mark();
                    scoring.Forward(pixels);
                    Mark();
                }
            }
        }

        void Mark() => console.Write(System.Text.Encoding.ASCII.GetBytes($"\n{Marker}\n"));
    }

    private static NinNetwork Drawn(NinArchitecture architecture)
    {
        random.manual_seed(1);
        var network = new NinNetwork(architecture, CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        using var scope = NewDisposeScope();
        var drops = new DropoutRandom(1);
        // Gives the network running statistics of these images.
        for (var i = 0; i < 20; i++)
            network.Forward(randn(16, 1, 12, 12), drops);
        return network;
    }

    /// <summary>Layer by layer in float64, with the running statistics.</summary>
    private static Tensor ByHand(NinNetwork network, Tensor images)
    {
        var x = images.to(float64);
        foreach (var layer in network.Architecture.Layers)
        {
            x = layer.Kind switch
            {
                LayerKind.BatchNorm => ((x - PerChannel(layer, "running_mean")) / (PerChannel(layer, "running_var") + 1e-5).sqrt()
                    * PerChannel(layer, "weight")) + PerChannel(layer, "bias"),
                LayerKind.Convolution => ConvolutionSweep.Exact(layer, x, Of(layer, "weight"), Of(layer, "bias")),
                LayerKind.ReLU => x.relu(),
                LayerKind.MaxPool => nn.functional.max_pool2d(x, [3, 3], [2, 2], [1, 1]),
                LayerKind.GlobalAveragePool => x.mean([2, 3]),
                _ => x,
            };
        }

        return x;

        Tensor Of(Layer layer, string part) => network[layer, part].detach().to(float64);

        Tensor PerChannel(Layer layer, string part) => Of(layer, part).view(1, -1, 1, 1);
    }
}
