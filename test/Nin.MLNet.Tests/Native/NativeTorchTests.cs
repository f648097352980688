using System.Diagnostics;
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
        // Another process, since the runtime counts its processors once.
        string[] host = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(NativeTorchTests).Assembly.Location] : [];
        var start = new ProcessStartInfo(Environment.ProcessPath!, [.. host, "--filter", $"FullyQualifiedName~{nameof(Threads_OfThisProcess_AreNoMoreThanItsProcessors)}"]) { RedirectStandardOutput = true };
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1";
        start.Environment.Remove("OMP_NUM_THREADS");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, output);
    }

    [TestMethod]
    public void Threads_OfThisProcess_AreNoMoreThanItsProcessors()
    {
        NativeTorch.EnsureLoaded();
        if (Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is null)
            Assert.IsLessThanOrEqualTo(Environment.ProcessorCount, get_num_threads());
    }
}
