using Nin.MLNet.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Nin.MLNet.Benchmarks;

/// <summary>The peer: the same network as anybody writes it in TorchSharp, float32, nothing tuned. Run with NIN_NATIVE_ALLOCATOR=off.</summary>
internal static class Stock
{
    public static IEnumerable<double> Train(Workload workload)
    {
        NativeTorch.EnsureLoaded();
        using var network = Network(workload);
        using var optimizer = optim.SGD(network.parameters(), 0.01);
        using var images = randn(workload.BatchSize, 1, workload.Side, workload.Side);
        using var labels = randint(0, 10, [workload.BatchSize]).to(ScalarType.Int64);
        return Ours.Rates(workload.BatchSize, () =>
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var loss = functional.cross_entropy(network.forward(images), labels);
            loss.backward();
            optimizer.step();
        });
    }

    private static TorchSharp.Modules.Sequential Network(Workload workload)
    {
        var layers = workload.Architecture.Layers.Select<Nin.MLNet.Architecture.Layer, Module<Tensor, Tensor>>(layer => layer.Kind switch
        {
            Nin.MLNet.Architecture.LayerKind.Convolution => Conv2d(layer.In, layer.Out, layer.Kernel, layer.Stride, layer.Padding),
            Nin.MLNet.Architecture.LayerKind.BatchNorm => BatchNorm2d(layer.Out),
            Nin.MLNet.Architecture.LayerKind.ReLU => ReLU(),
            Nin.MLNet.Architecture.LayerKind.MaxPool => MaxPool2d(layer.Kernel, layer.Stride, layer.Padding),
            Nin.MLNet.Architecture.LayerKind.Dropout => Dropout(layer.Rate),
            Nin.MLNet.Architecture.LayerKind.GlobalAveragePool => AdaptiveAvgPool2d(1),
            _ => Flatten(),
        });
        return Sequential(layers.ToArray());
    }
}
