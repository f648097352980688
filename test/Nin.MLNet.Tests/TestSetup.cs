// libtorch's arithmetic uses every core already, and its thread count belongs to the process.
[assembly: DoNotParallelize]

namespace Nin.MLNet.Tests;

[TestClass]
public sealed class TestSetup
{
    // Tests of inner parts touch tensors before any public method had a chance to load libtorch.
    [AssemblyInitialize]
    public static void LoadTorch(TestContext context) => MLNet.Native.NativeTorch.EnsureLoaded();
}
