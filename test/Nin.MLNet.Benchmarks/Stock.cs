using Nin.MLNet.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// The peer: the same network as anyone would write it in TorchSharp, float32, untuned. Run with NIN_NATIVE_ALLOCATOR=off.
/// </summary>
internal static class Stock
{
    public static Measured Train(Workload workload, int threads)
    {
        NativeTorch.EnsureLoaded();
        set_num_threads(threads);
        using var network = Network(workload);
        using var optimizer = optim.SGD(network.parameters(), 0.01, momentum: 0.9, weight_decay: 5e-4, nesterov: true);
        using var images = randn(workload.BatchSize, 1, workload.Side, workload.Side);
        using var labels = randint(0, 10, [workload.BatchSize]).to(ScalarType.Int64);
        return Measured.Rates(workload.BatchSize, () =>
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
        var layers = workload.Architecture.Layers.Select<Nin.MLNet.Network.Layer, Module<Tensor, Tensor>>(layer => layer.Kind switch
        {
            Nin.MLNet.Network.LayerKind.Convolution => Conv2d(layer.In, layer.Out, layer.Kernel, layer.Stride, layer.Padding),
            Nin.MLNet.Network.LayerKind.BatchNorm => BatchNorm2d(layer.Out),
            Nin.MLNet.Network.LayerKind.ReLU => ReLU(),
            Nin.MLNet.Network.LayerKind.MaxPool => MaxPool2d(layer.Kernel, layer.Stride, layer.Padding),
            Nin.MLNet.Network.LayerKind.Dropout => Dropout(layer.Rate),
            Nin.MLNet.Network.LayerKind.GlobalAveragePool => AdaptiveAvgPool2d(1),
            _ => Flatten(),
        });
        return Sequential(layers.ToArray());
    }
}
