using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

/// <summary>Compares a whole scoring network in our own arithmetic against float64.</summary>
[TestClass]
public sealed class FloatNetworkTests
{
    [TestInitialize]
    public void NeedsItsProcessor()
    {
        if (!Kernels.OwnOnesAreUsed)
            Assert.Inconclusive("this processor computes in another way");
    }

    // Strides, windows without padding, channels that do not fill a vector, poolings that extend beyond the edge.
    public static IEnumerable<object[]> Architectures =>
    [
        [NinArchitecture.Small(), 28, 28],
        [NinArchitecture.Small(3, 7, width: 12), 20, 33],
        [NinArchitecture.Cifar(), 32, 32],
        [NinArchitecture.D2L(), 224, 224],
        [
            new NinArchitecture(
                2,
                [
                    new NinBlock([20, 9], 5, 2, 0) { Pooling = new NinPooling(NinPoolingKind.Average, 3, 2, 1) },
                    new NinBlock([5], 3, 1, 0),
                ]),
            24, 31,
        ],
    ];

    [TestMethod]
    [DynamicData(nameof(Architectures))]
    public void Run_AnyArchitecture_IsWhatFloat64Gives(NinArchitecture architecture, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var network = new NinNetwork(architecture, CPU);
        random.manual_seed(1);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        var layers = FoldedLayer.Of(network).Where(folded => folded.Layer.Kind != LayerKind.GlobalAveragePool).ToList();
        using var own = FloatNetwork.Of(layers, CPU)!;
        var x = MemoryLayout.ChannelsLast(randn(3, architecture.InputChannels, height, width));
        var exact = layers.Aggregate(x.to(float64), (images, folded) => folded.Layer.Kind switch
        {
            LayerKind.MaxPool => Kernels.MaxPool(images, folded.Layer),
            LayerKind.AveragePool => Kernels.AveragePool(images, folded.Layer),
            _ => Convolve(images, folded),
        });

        var found = own.Run(x);

        ConvolutionSweep.AssertAgree(exact, found, ScalarType.Float32, "maps");
        Assert.IsTrue(found.narrow(0, 2, 1).Equals(own.Run(x.narrow(0, 2, 1))), "an image alone and in a batch");
    }

    private static Tensor Convolve(Tensor images, FoldedLayer folded)
    {
        var y = ConvolutionSweep.Exact(folded.Layer, images, folded.Weight!.to(float64), folded.Bias!.to(float64));
        return folded.Rectifies ? y.relu() : y;
    }
}
