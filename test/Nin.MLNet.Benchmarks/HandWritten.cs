using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Nin.MLNet.Native;
using Nin.MLNet.Network;
using Nin.MLNet.Training;
using TorchSharp.Modules;
using TorchSharp.PyBridge;
using static TorchSharp.torch;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// The parts that the library implements itself, compared with TorchSharp's or a package's version, for the default network at batch 128.
/// </summary>
[InProcess]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class HandWritten : IDisposable
{
    private readonly DropoutRandom random = new(1);
    private readonly string path = Path.GetTempFileName();
    private NinNetwork network = null!;
    private FlatOptimizer flat = null!;
    private List<Parameter> parameters = null!;
    private optim.Optimizer optimizer = null!;
    private Dictionary<string, Tensor> state = null!;
    private Tensor activations = null!;
    private ThreadsOfBenchmark threads = null!;

    [GlobalSetup]
    public void Setup()
    {
        NativeTorch.EnsureLoaded();
        threads = new ThreadsOfBenchmark();
        var architecture = Workload.Small.Architecture;
        network = new NinNetwork(architecture, CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        network.Gradients.normal_();
        flat = new FlatOptimizer(network, NinTrainer.Optimizer.Sgd, 0.9, nesterov: true, 5e-4);
        parameters =
        [
            .. network.State.Where(entry => entry.Value.requires_grad)
                .Select(entry => new Parameter(entry.Value.detach().clone())),
        ];
        foreach (var parameter in parameters)
            parameter.grad = randn_like(parameter);
        optimizer = optim.SGD(parameters, 1e-6, momentum: 0.9, weight_decay: 5e-4, nesterov: true);
        state = network.State.ToDictionary(entry => entry.Name, entry => entry.Value);
        // The default network's dropout input for 28x28 images.
        activations = randn([128, 14, 14, 160], dtype: ScalarType.BFloat16, device: CPU).permute(0, 3, 1, 2);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        File.Delete(path);
        threads.Dispose();
        flat.Dispose();
        network.Dispose();
        optimizer.Dispose();
        activations.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("dropout")]
    public void DropoutOfTorch()
    {
        using var scope = NewDisposeScope();
        nn.functional.dropout(activations, 0.3, training: true);
    }

    [Benchmark]
    [BenchmarkCategory("dropout")]
    public void DropoutRandom()
    {
        using var scope = NewDisposeScope();
        Kernels.Dropout(activations, 0.3, random);
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("optimiser")]
    public void OptimizerOfTorchSharp()
    {
        using var scope = NewDisposeScope();
        optimizer.step();
    }

    [Benchmark]
    [BenchmarkCategory("optimiser")]
    public void FlatOptimizer() => flat.Step(1e-6);

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("safetensors")]
    public void SafeTensorsOfPyBridge()
    {
        using var scope = NewDisposeScope();
        // It rejects channels-last tensors, which the network's are.
        Safetensors.SaveStateDict(path, state.ToDictionary(entry => entry.Key, entry => entry.Value.detach().contiguous()));
        Safetensors.LoadStateDict(path);
    }

    [Benchmark]
    [BenchmarkCategory("safetensors")]
    public void SafeTensors()
    {
        using (var file = File.Create(path))
            Persistence.SafeTensors.Write(file, network);
        using var read = File.OpenRead(path);
        Persistence.SafeTensors.ReadInto(read, path, network);
    }

    /// <summary>In a training the optimiser runs on one thread, so both do here.</summary>
    private sealed class ThreadsOfBenchmark : IDisposable
    {
        private readonly int before = get_num_threads();

        public ThreadsOfBenchmark() => ThreadCount.Set(1);

        public void Dispose() => ThreadCount.Set(before);
    }
}
