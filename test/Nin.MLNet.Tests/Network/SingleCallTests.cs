using System.Runtime.InteropServices;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

[TestClass]
public sealed class SingleCallTests
{
    private const int Images = 1, Side = 9;

    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    public void Run_LayersOfEveryKind_IsBitwiseWhatTheyGiveOneByOne(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        random.manual_seed(1);
        // Some kernels have to be widened for 24 to 40 and to 10 channels.
        Layer[] layers =
        [
            Convolution(1, 24, 3), Convolution(24, 40, 1), Pool(LayerKind.MaxPool, 40), Convolution(40, 40, 3),
            Pool(LayerKind.AveragePool, 40), Convolution(40, 10, 3), new("9", 9, LayerKind.ReLU, 10, 10),
            new("10", 10, LayerKind.GlobalAveragePool, 10, 10),
        ];
        var convolutions = layers.Where(layer => layer.Kind == LayerKind.Convolution).ToDictionary(layer => layer, Scoring);
        var images = ConvolutionSweep.Images(Images, 1, Side, type);
        var steps = new List<(Layer, FusedConvolution?, long[])>();
        var x = images.clone();
        foreach (var layer in layers)
        {
            var y = layer.Kind switch
            {
                LayerKind.Convolution => convolutions[layer].Run(x),
                LayerKind.ReLU => x.relu(),
                LayerKind.MaxPool => Kernels.MaxPool(x, layer),
                LayerKind.AveragePool => Kernels.AveragePool(x, layer),
                _ => Kernels.GlobalAveragePool(x),
            };
            steps.Add((layer, layer.Kind == LayerKind.Convolution ? convolutions[layer].FusedFor(x) : null, x.shape));
            x = y;
        }

        var call = SingleCall.Of(steps);
        if (steps.Any(step => step.Item1.Kind == LayerKind.Convolution && step.Item2 is null))
        {
            Assert.IsNull(call);
            Assert.IsFalse(IsFusedHere && type == ScalarType.Float32, "a float32 layer has no fused kernel");
        }
        else
        {
            Assert.IsNotNull(call);
            for (var again = 0; again < 3; again++)
                CollectionAssert.AreEqual(x.bytes.ToArray(), call.Run(images.clone()).bytes.ToArray());
        }

        foreach (var convolution in convolutions.Values)
            convolution.Dispose();

        ScoringConvolution Scoring(Layer layer)
        {
            var (_, weight, bias) = ConvolutionSweep.Draw(layer, 1, type);
            return new ScoringConvolution(layer, rectify: layer.Kernel == 3, weight.to(float32), bias.to(float32));
        }
    }

    private static bool IsFusedHere => RuntimeInformation.ProcessArchitecture == Architecture.X64 &&
        Environment.GetEnvironmentVariable("NIN_FAST_KERNELS") != "off";

    private static Layer Convolution(int from, int to, int kernel) =>
        new($"{from}.{to}", 0, LayerKind.Convolution, from, to) { Kernel = kernel, Padding = kernel / 2 };

    private static Layer Pool(LayerKind kind, int channels) =>
        new($"{kind}", 0, kind, channels, channels) { Kernel = 3, Stride = 2, Padding = 1 };
}
