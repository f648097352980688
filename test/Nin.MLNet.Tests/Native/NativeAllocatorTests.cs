using Nin.MLNet.Native;

namespace Nin.MLNet.Tests.Native;

[TestClass]
public sealed class NativeAllocatorTests
{
    [TestMethod]
    public void Run_OnAPoolThread_GivesTheResultAndTheOriginalException()
    {
        NativeTorch.EnsureLoaded();
        Assert.AreEqual(42, Task.Run(() => NativeAllocator.Run(() => 42)).Result);
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => NativeAllocator.Run<int>(() => throw new InvalidOperationException("mine")));
        Assert.AreEqual("mine", error.Message);
    }
}
