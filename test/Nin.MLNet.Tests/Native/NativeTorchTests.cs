using Nin.MLNet.Native;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Native;

[TestClass]
public sealed class NativeTorchTests
{
    [TestMethod]
    public void EnsureLoaded_OnThisMachine_LetsTensorsWork()
    {
        NativeTorch.EnsureLoaded();
        using var sum = ones(2, 2).sum();
        Assert.AreEqual(4, sum.item<float>());
    }

    [TestMethod]
    public void EnsureLoaded_ContainerWithOneCore_TakesOneThread()
    {
        // The runtime counts its processors only once, so this needs a new process.
        ChildProcess.Run(
            nameof(Threads_OfThisProcess_AreNoMoreThanItsProcessors), ("DOTNET_PROCESSOR_COUNT", "1"), ("OMP_NUM_THREADS", null));
    }

    [TestMethod]
    public void Threads_OfThisProcess_AreNoMoreThanItsProcessors()
    {
        NativeTorch.EnsureLoaded();
        if (Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is null)
            Assert.IsLessThanOrEqualTo(Environment.ProcessorCount, get_num_threads());
    }
}
