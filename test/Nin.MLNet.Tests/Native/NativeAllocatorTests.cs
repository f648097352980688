using Nin.MLNet.Native;

namespace Nin.MLNet.Tests.Native;

[TestClass]
public sealed class NativeAllocatorTests
{
    [TestMethod]
    public void StartThread_FromAPoolThread_DoesTheWork()
    {
        NativeTorch.EnsureLoaded();
        using var done = new ManualResetEventSlim();
        Task.Run(() => NativeAllocator.StartThread(done.Set, 1 << 20)).Wait();
        Assert.IsTrue(done.Wait(TimeSpan.FromSeconds(30)));
    }
}
